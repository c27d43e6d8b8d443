"""`python -m probe` and the `probe` command."""

from probe.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="probe")


if __name__ == "__main__":
    main()
