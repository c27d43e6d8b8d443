"""Writes dashboards/json: `python -m dashboards.source`."""

from dashboards.source.files import FOLDER, texts


def main() -> None:
    """Write every dashboard."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
