/* SHA-256 by OpenSSL's EVP interface. OpenSSL allocates by itself; a refused allocation is QA_NO_MEMORY. */
#include "platform/platform.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

struct qa_sha256_stream {
    EVP_MD *digest;
    EVP_MD_CTX *context;
};

qa_status_t qa_sha256(const qa_span_t *spans, uint32_t span_count, uint8_t digest_out[QA_SHA256_BYTES])
{
    qa_sha256_stream_t *stream = NULL;
    const qa_status_t status = qa_sha256_open(&stream);
    if (status != QA_OK) return status;
    for (uint32_t i = 0; i < span_count; i++)
        qa_sha256_feed(stream, spans[i].data, spans[i].bytes);
    qa_sha256_close(stream, digest_out);
    return QA_OK;
}

qa_status_t qa_sha256_open(qa_sha256_stream_t **stream_out)
{
    *stream_out = NULL;
    qa_sha256_stream_t *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) return QA_NO_MEMORY;
    /* Fetched once per stream: a look-up per digest costs more than hashing a short record. */
    stream->digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    stream->context = EVP_MD_CTX_new();
    if (stream->digest == NULL || stream->context == NULL ||
        EVP_DigestInit_ex2(stream->context, stream->digest, NULL) != 1) {
        qa_sha256_close(stream, NULL);
        return QA_NO_MEMORY;
    }
    *stream_out = stream;
    return QA_OK;
}

void qa_sha256_feed(qa_sha256_stream_t *stream, const void *data, size_t bytes)
{
    assert(stream != NULL);
    if (bytes == 0) return;
    const int fed = EVP_DigestUpdate(stream->context, data, bytes);
    assert(fed == 1);
    (void)fed;
}

void qa_sha256_next(qa_sha256_stream_t *stream, uint8_t digest_out[QA_SHA256_BYTES])
{
    unsigned int digest_bytes = 0;
    const int finished = EVP_DigestFinal_ex(stream->context, digest_out, &digest_bytes);
    const int started = EVP_DigestInit_ex2(stream->context, NULL, NULL);
    assert(finished == 1 && started == 1);
    assert(digest_bytes == QA_SHA256_BYTES);
    (void)finished;
    (void)started;
}

void qa_sha256_close(qa_sha256_stream_t *stream, uint8_t digest_out[QA_SHA256_BYTES])
{
    if (stream == NULL) return;
    if (digest_out != NULL) qa_sha256_next(stream, digest_out);
    EVP_MD_CTX_free(stream->context);
    EVP_MD_free(stream->digest);
    free(stream);
}
