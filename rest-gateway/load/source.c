/* The bytes of a file to load: raw bytes → decompression → SHA-256 → UTF-8, each step with a fixed buffer.
 * What it must never do: hold the file in memory, or take damaged compressed data for the end of the file. */
#include "load/source.h"

#include <assert.h>
#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "load/encoding.h"

enum { RAW_BYTES = 1 << 17, PLAIN_BYTES = 1 << 17, ZSTD_WINDOW_LOG_MAX = 27 };

typedef enum codec { CODEC_NONE, CODEC_GZIP, CODEC_ZSTD, CODEC_BZIP2 } codec_t;

struct qa_load_source {
    const qa_allocator_t *allocator;
    int file;             /* -1: bytes in memory */
    const uint8_t *bytes; /* borrowed, of a source in memory */
    size_t bytes_left;
    uint64_t size;
    uint64_t position;
    bool is_standard_input;
    bool is_raw_end;
    EVP_MD_CTX *digest;
    codec_t codec;
    bool is_inside; /* within a compressed member: the end here is damage */
    z_stream gzip;
    bz_stream bzip2;
    bool is_codec_open;
    ZSTD_DStream *zstd;
    uint8_t raw[RAW_BYTES];
    size_t raw_at;
    size_t raw_end;
    qa_load_encoding_t encoding;
    uint8_t plain[PLAIN_BYTES]; /* decompressed, not yet UTF-8 */
    size_t plain_at;
    size_t plain_end;
    bool is_plain_end;
};

/* Reads more raw bytes behind raw_end; the front is moved away first. */
static qa_status_t fill_raw(qa_load_source_t *source, qa_error_t *error)
{
    if (source->raw_at > 0) {
        memmove(source->raw, source->raw + source->raw_at, source->raw_end - source->raw_at);
        source->raw_end -= source->raw_at;
        source->raw_at = 0;
    }
    if (source->is_raw_end || source->raw_end == RAW_BYTES) return QA_OK;
    size_t got = RAW_BYTES - source->raw_end;
    uint8_t *target = source->raw + source->raw_end;
    if (source->file < 0) {
        if (got > source->bytes_left) got = source->bytes_left;
        if (got > 0) memcpy(target, source->bytes, got);
        source->bytes += got;
        source->bytes_left -= got;
    } else {
        ssize_t count;
        do {
            count = read(source->file, target, got);
        } while (count < 0 && errno == EINTR);
        if (count < 0) {
            return qa_load_fail(error, QA_IO, "the file cannot be read at byte %llu: %s",
                                (unsigned long long)source->position, strerror(errno));
        }
        got = (size_t)count;
    }
    if (got == 0) source->is_raw_end = true;
    source->position += got;
    source->raw_end += got;
    return QA_OK;
}

static qa_status_t fail_damaged(const qa_load_source_t *source, const char *codec, qa_error_t *error)
{
    return qa_load_fail(error, QA_BAD_FILE,
                        "the %s data is damaged or cut before byte %llu; fetch the file again", codec,
                        (unsigned long long)source->position);
}

static codec_t codec_of(const uint8_t *raw, size_t bytes)
{
    if (bytes >= 3 && raw[0] == 0x1F && raw[1] == 0x8B && raw[2] == 8) return CODEC_GZIP;
    if (bytes >= 4 && raw[0] == 0x28 && raw[1] == 0xB5 && raw[2] == 0x2F && raw[3] == 0xFD) return CODEC_ZSTD;
    if (bytes >= 4 && raw[0] == 'B' && raw[1] == 'Z' && raw[2] == 'h' && raw[3] >= '1' && raw[3] <= '9') {
        return CODEC_BZIP2;
    }
    return CODEC_NONE;
}

static qa_status_t read_gzip(qa_load_source_t *source, uint8_t *target, size_t capacity, size_t *bytes_out,
                             qa_error_t *error)
{
    z_stream *stream = &source->gzip;
    if (!source->is_inside) {
        if (source->is_codec_open) inflateReset2(stream, 15 + 16);
        if (!source->is_codec_open && inflateInit2(stream, 15 + 16) != Z_OK)
            return qa_load_fail_memory(error);
        source->is_codec_open = true;
        source->is_inside = true;
    }
    stream->next_in = source->raw + source->raw_at;
    stream->avail_in = (unsigned)(source->raw_end - source->raw_at);
    stream->next_out = target;
    stream->avail_out = (unsigned)capacity;
    const int result = inflate(stream, Z_NO_FLUSH);
    source->raw_at = source->raw_end - stream->avail_in;
    *bytes_out = capacity - stream->avail_out;
    if (result == Z_STREAM_END) source->is_inside = false;
    if (result == Z_MEM_ERROR) return qa_load_fail_memory(error);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return fail_damaged(source, "gzip", error);
    return QA_OK;
}

static qa_status_t read_bzip2(qa_load_source_t *source, uint8_t *target, size_t capacity, size_t *bytes_out,
                              qa_error_t *error)
{
    bz_stream *stream = &source->bzip2;
    if (!source->is_inside) {
        if (source->is_codec_open) BZ2_bzDecompressEnd(stream);
        *stream = (bz_stream){ 0 };
        source->is_codec_open = BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK;
        if (!source->is_codec_open) return qa_load_fail_memory(error);
        source->is_inside = true;
    }
    stream->next_in = (char *)source->raw + source->raw_at;
    stream->avail_in = (unsigned)(source->raw_end - source->raw_at);
    stream->next_out = (char *)target;
    stream->avail_out = (unsigned)capacity;
    const int result = BZ2_bzDecompress(stream);
    source->raw_at = source->raw_end - stream->avail_in;
    *bytes_out = capacity - stream->avail_out;
    if (result == BZ_STREAM_END) source->is_inside = false;
    if (result == BZ_MEM_ERROR) return qa_load_fail_memory(error);
    if (result != BZ_OK && result != BZ_STREAM_END) return fail_damaged(source, "bzip2", error);
    return QA_OK;
}

static qa_status_t read_zstd(qa_load_source_t *source, uint8_t *target, size_t capacity, size_t *bytes_out,
                             qa_error_t *error)
{
    if (source->zstd == NULL) {
        source->zstd = ZSTD_createDStream();
        if (source->zstd == NULL) return qa_load_fail_memory(error);
        ZSTD_DCtx_setParameter(source->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    }
    ZSTD_inBuffer in = { source->raw, source->raw_end, source->raw_at };
    ZSTD_outBuffer out = { target, capacity, 0 };
    const size_t result = ZSTD_decompressStream(source->zstd, &out, &in);
    if (ZSTD_isError(result)) return fail_damaged(source, "zstd", error);
    source->raw_at = in.pos;
    source->is_inside = result != 0;
    *bytes_out = out.pos;
    return QA_OK;
}

/* Decompressed bytes; 0 at the end. */
static qa_status_t read_plain(qa_load_source_t *source, uint8_t *target, size_t capacity, size_t *bytes_out,
                              qa_error_t *error)
{
    static const char *const names[] = { "", "gzip", "zstd", "bzip2" };
    qa_status_t status = QA_OK;
    *bytes_out = 0;
    while (*bytes_out == 0) {
        if (source->raw_end - source->raw_at < 8 && !source->is_raw_end) status = fill_raw(source, error);
        if (status != QA_OK) return status;
        const size_t left = source->raw_end - source->raw_at;
        if (left == 0 && source->is_raw_end) {
            /* A codec may hold decompressed bytes back until it is called with room again. */
            if (source->codec == CODEC_NONE || !source->is_inside) return QA_OK;
        }
        switch (source->codec) {
        case CODEC_NONE:
            *bytes_out = left < capacity ? left : capacity;
            memcpy(target, source->raw + source->raw_at, *bytes_out);
            source->raw_at += *bytes_out;
            break;
        case CODEC_GZIP:
            status = read_gzip(source, target, capacity, bytes_out, error);
            break;
        case CODEC_ZSTD:
            status = read_zstd(source, target, capacity, bytes_out, error);
            break;
        case CODEC_BZIP2:
            status = read_bzip2(source, target, capacity, bytes_out, error);
            break;
        }
        if (status != QA_OK) return status;
        if (*bytes_out == 0 && source->is_raw_end && source->raw_at == source->raw_end && source->is_inside) {
            return fail_damaged(source, names[source->codec], error);
        }
    }
    if (EVP_DigestUpdate(source->digest, target, *bytes_out) != 1)
        return qa_load_fail(error, QA_NO_MEMORY, "SHA-256 failed; OpenSSL is out of memory");
    return QA_OK;
}

/* Looks at the first bytes: compression, then the byte order mark behind it. */
static qa_status_t begin(qa_load_source_t *source, qa_error_t *error)
{
    qa_status_t status = QA_OK;
    /* A pipe may hand over the first bytes one by one. */
    while (status == QA_OK && source->raw_end < 4 && !source->is_raw_end)
        status = fill_raw(source, error);
    if (status != QA_OK) return status;
    source->codec = codec_of(source->raw, source->raw_end);
    while (source->plain_end < 4) {
        size_t got = 0;
        status = read_plain(source, source->plain + source->plain_end, PLAIN_BYTES - source->plain_end, &got,
                            error);
        if (status != QA_OK) return status;
        if (got == 0) {
            source->is_plain_end = true;
            break;
        }
        source->plain_end += got;
    }
    source->plain_at = qa_load_encoding_mark(source->plain, source->plain_end, &source->encoding);
    return QA_OK;
}

static qa_status_t open_source(qa_load_source_t **source_out, int file, bool is_standard_input,
                               const void *data, size_t bytes, qa_load_encoding_t encoding,
                               const qa_allocator_t *allocator, qa_error_t *error)
{
    qa_load_source_t *source = allocator->resize(allocator->context, NULL, 0, sizeof(*source));
    if (source == NULL) {
        if (file >= 0 && !is_standard_input) close(file);
        return qa_load_fail_memory(error);
    }
    memset(source, 0, sizeof(*source));
    source->allocator = allocator;
    source->file = file;
    source->is_standard_input = is_standard_input;
    source->bytes = data;
    source->bytes_left = bytes;
    source->size = bytes;
    source->encoding = encoding;
    struct stat facts;
    if (file >= 0 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode))
        source->size = (uint64_t)facts.st_size;
    qa_status_t status = QA_OK;
    source->digest = EVP_MD_CTX_new();
    if (source->digest == NULL || EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) != 1) {
        status = qa_load_fail_memory(error);
    }
    if (status == QA_OK) status = begin(source, error);
    if (status != QA_OK) {
        qa_load_source_close(source);
        return status;
    }
    *source_out = source;
    return QA_OK;
}

qa_status_t qa_load_source_open(qa_load_source_t **source_out, const char *path, qa_load_encoding_t encoding,
                                const qa_allocator_t *allocator, qa_error_t *error)
{
    *source_out = NULL;
    if (strcmp(path, "-") == 0) {
        return open_source(source_out, STDIN_FILENO, true, NULL, 0, encoding, allocator, error);
    }
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return qa_load_fail(error, QA_IO, "%s cannot be opened: %s", path, strerror(errno));
    struct stat facts;
    if (fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        close(file);
        return qa_load_fail(error, QA_IO, "%s is a folder; name the files in it", path);
    }
    return open_source(source_out, file, false, NULL, 0, encoding, allocator, error);
}

qa_status_t qa_load_source_open_bytes(qa_load_source_t **source_out, const void *data, size_t bytes,
                                      qa_load_encoding_t encoding, const qa_allocator_t *allocator,
                                      qa_error_t *error)
{
    *source_out = NULL;
    return open_source(source_out, -1, false, data, bytes, encoding, allocator, error);
}

void qa_load_source_close(qa_load_source_t *source)
{
    if (source == NULL) return;
    if (source->is_codec_open && source->codec == CODEC_GZIP) inflateEnd(&source->gzip);
    if (source->is_codec_open && source->codec == CODEC_BZIP2) BZ2_bzDecompressEnd(&source->bzip2);
    ZSTD_freeDStream(source->zstd);
    EVP_MD_CTX_free(source->digest);
    if (source->file >= 0 && !source->is_standard_input) close(source->file);
    source->allocator->release(source->allocator->context, source, sizeof(*source));
}

qa_status_t qa_load_source_read(qa_load_source_t *source, char *buffer, size_t capacity, size_t *bytes_out,
                                qa_error_t *error)
{
    assert(capacity >= 16);
    *bytes_out = 0;
    for (;;) {
        const size_t left = source->plain_end - source->plain_at;
        if (source->encoding == QA_LOAD_ENCODING_UTF8 && left == 0 && !source->is_plain_end) {
            /* Straight into the caller's buffer: nothing to turn. */
            const qa_status_t status = read_plain(source, (uint8_t *)buffer, capacity, bytes_out, error);
            if (status == QA_OK && *bytes_out == 0) source->is_plain_end = true;
            return status;
        }
        size_t used = 0;
        *bytes_out = qa_load_encoding_turn(source->encoding, source->plain + source->plain_at, left,
                                           source->is_plain_end, buffer, capacity, &used);
        source->plain_at += used;
        if (*bytes_out > 0 || source->is_plain_end) return QA_OK;
        memmove(source->plain, source->plain + source->plain_at, source->plain_end - source->plain_at);
        source->plain_end -= source->plain_at;
        source->plain_at = 0;
        size_t got = 0;
        const qa_status_t status = read_plain(source, source->plain + source->plain_end,
                                              PLAIN_BYTES - source->plain_end, &got, error);
        if (status != QA_OK) return status;
        source->plain_end += got;
        if (got == 0) source->is_plain_end = true;
    }
}

uint64_t qa_load_source_position(const qa_load_source_t *source)
{
    return source->position;
}

uint64_t qa_load_source_size(const qa_load_source_t *source)
{
    return source->size;
}

qa_status_t qa_load_source_sha256(qa_load_source_t *source, uint8_t sha256_out[32], qa_error_t *error)
{
    size_t got = 1;
    while (!source->is_plain_end && got > 0) {
        const qa_status_t status = read_plain(source, source->plain, PLAIN_BYTES, &got, error);
        if (status != QA_OK) return status;
    }
    unsigned bytes = 32;
    if (EVP_DigestFinal_ex(source->digest, sha256_out, &bytes) != 1 || bytes != 32) {
        return qa_load_fail(error, QA_NO_MEMORY, "SHA-256 failed; OpenSSL is out of memory");
    }
    return QA_OK;
}
