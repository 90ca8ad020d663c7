"""The least that a redeploy on this host can take: its environment from a warm cache, and the app's boot with bytecode compiled.

Runs on the host: floor.py UV FOLDER, with the app in FOLDER/app. Prints a line of JSON, in milliseconds.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

uv, folder = sys.argv[1], Path(sys.argv[2])
source = folder / "app" / "src" / "py"
venv = folder / "venv"
port = 18999
environment = {**os.environ, "UV_CACHE_DIR": str(folder / "cache"), "VIRTUAL_ENV": str(venv)}


def took(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def boot() -> float:
    began = time.perf_counter()
    gunicorn = [venv / "bin" / "gunicorn", "main:app", "-k", "uvicorn_worker.UvicornWorker", "--workers", "2"]
    with subprocess.Popen(
        [*gunicorn, "--bind", f"127.0.0.1:{port}", "--no-control-socket"],
        cwd=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
    ) as server:
        while not answers():
            if server.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit("the app does not boot")
            time.sleep(0.002)
        booted = (time.perf_counter() - began) * 1000
        server.send_signal(signal.SIGTERM)
    return booted


shutil.rmtree(venv, ignore_errors=True)
made = took(uv, "venv", "--python", "/usr/bin/python3", str(venv))
installed = took(uv, "pip", "install", "-r", str(source / "requirements.txt"))
subprocess.run([venv / "bin" / "python", "-m", "compileall", "-q", venv, source], check=False, stdout=subprocess.DEVNULL)
print(json.dumps({"venv": made, "install": installed, "boot": boot()}))
