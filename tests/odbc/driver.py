"""What the Python tests of the driver share: where it is, how foreign programs load it, small apps to write in.

Environment: QA_TOOL, QA_DRIVER (the library), QA_SOURCE_DIR. A driver that was built with a sanitizer needs its runtime loaded
first: `environment()` says so to child processes, and `reexec()` starts the test itself again that way."""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("QA_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
TOOL = os.environ.get("QA_TOOL", str(SOURCE / "build/release/rest-gateway/quantatom"))
DRIVER = os.environ.get("QA_DRIVER", str(SOURCE / "build/release/odbc-driver/libquantatom_odbc.so"))


def runtime():
    """The sanitizer's runtime that the driver is linked to, or None."""
    for line in subprocess.run(["ldd", DRIVER], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if words and words[0].startswith(("libasan", "libtsan")) and len(words) > 2:
            return words[2]
    return None


def environment():
    """For processes that load the driver: no user's or machine's ODBC files, and the sanitizer's runtime if it needs one.
    Leaks are not looked for in foreign programs, which leave theirs behind; nor calls of strncpy and its like, of which iusql has
    one that overlaps (the driver has none at all)."""
    values = dict(os.environ, ODBCINI="/dev/null", ODBCSYSINI="/nonexistent", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    preload = runtime()
    if preload:
        values["LD_PRELOAD"] = preload
        values["ASAN_OPTIONS"] = "detect_leaks=0:abort_on_error=1:replace_str=0:intercept_strlen=0:intercept_strchr=0:intercept_strndup=0"
        values["TSAN_OPTIONS"] = "report_signal_unsafe=0"
    return values


def reexec():
    """Starts this test again with the driver's runtime loaded, if that is not so yet."""
    preload = runtime()
    if preload and os.environ.get("LD_PRELOAD") != preload:
        os.execve(sys.executable, [sys.executable] + sys.argv, environment())


def register(home, replica):
    """Registers driver and data source as the quickstart does, in `home` (made here), and answers the environment of its user.
    The script also writes to the home of the password file, which is answered by ours."""
    home = pathlib.Path(home)
    (home / "bin").mkdir(parents=True)
    (home / "bin/getent").write_text(f"#!/bin/sh\necho 'somebody:x:1000:1000::{home}:/bin/sh'\n", encoding="utf-8")
    (home / "bin/getent").chmod(0o755)
    values = dict(environment(), HOME=str(home), PATH=f"{home}/bin:{os.environ['PATH']}", ODBCINI=str(home / ".odbc.ini"),
                  ODBCSYSINI=str(home), ODBCINSTINI=".odbcinst.ini", LC_ALL="C.UTF-8")
    plain = {key: value for key, value in values.items() if key != "LD_PRELOAD"}
    subprocess.run(["sh", str(SOURCE / "installers/register-odbc.sh"), DRIVER, str(replica)], check=True, env=plain,
                   stdout=subprocess.DEVNULL)
    return values


def connection_string(replica, **more):
    return "".join(f"{key}={{{value}}};" for key, value in dict(Driver=DRIVER, Replica=replica, **more).items())


def tool(replica, *arguments, **options):
    values = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    run = subprocess.run([TOOL, "--replica", str(replica), *map(str, arguments)], capture_output=True, text=True, env=values, **options)
    if run.returncode != 0:
        raise AssertionError(f"{arguments} ended with {run.returncode}: {run.stderr}{run.stdout}")
    return run.stdout


def make_app(folder, name, cells, decimals=2):
    """An app `name` of the dimensions Cell (All → C0, C1 …) and Account (Amount), in folder/replica."""
    model = {"app": name, "dimensions": [
        {"name": "Cell", "members": [{"code": "All", "children": [f"C{i}" for i in range(cells)]}]},
        {"name": "Account", "kind": "measure", "members": [{"code": "Amount", "decimals": decimals}]}]}
    path = pathlib.Path(folder) / "model.json"
    path.write_text(json.dumps(model), encoding="utf-8")
    replica = pathlib.Path(folder) / "replica"
    tool(replica, "model", "apply", path)
    return str(replica)
