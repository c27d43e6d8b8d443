"""Takes the README's picture: the status page during the replay of 2 March, by Chromium.

Needs chromium on the PATH. Writes docs/split.png and docs/split-phone.png.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

FOLDER = Path(__file__).parent
PORT = 9633
PAGE = f"http://127.0.0.1:{PORT}/"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    " --disable-background-networking --disable-component-update --disable-sync"
)
SHOTS = {"split.png": "1180,1180", "split-phone.png": "390,1500"}


def picture(file: str, size: str, page: str = PAGE) -> None:
    """Let Chromium draw `page` as it is now."""
    browser = shutil.which("chromium") or sys.exit("chromium is missing (Debian: chromium)")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(  # noqa: S603 - our own page
            [
                browser,
                *FLAGS.split(),
                f"--user-data-dir={profile}",
                f"--window-size={size}",
                f"--screenshot={FOLDER / file}",
                page,
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )


def in_the_split() -> bool:
    """Whether the demo has reached the split and stayed there for half an hour of its time."""
    try:
        with urlopen(f"{PAGE}api/v1/services/standin", timeout=2) as answer:  # noqa: S310 - loopback
            service = json.load(answer)
    except OSError:
        return False
    throttled = "throttled" in service["findings"]
    return bool(service["verdict"] == "control_plane_down" and throttled)


def main() -> None:
    """Run the demo until the split and take the pictures."""
    command = [sys.executable, "-m", "probe", "demo", "--speed", "60", "--port", str(PORT)]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        deadline = time.monotonic() + 180
        while not in_the_split():
            if time.monotonic() > deadline or demo.poll() is not None:
                sys.exit("the demo never showed the split")
            time.sleep(0.2)
        for file, size in SHOTS.items():
            picture(file, size)
    finally:
        demo.terminate()
        demo.wait(10)


if __name__ == "__main__":
    main()
