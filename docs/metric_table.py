"""Prints the README's table of metrics from the catalogue."""

from probe.reporting.metrics import catalogue


def rows() -> list[str]:
    """One row a family, in the order of the exposition."""
    families = [value for value in vars(catalogue).values() if isinstance(value, catalogue.Family)]
    return [
        f"| `{family.name}` | {', '.join((*family.place[1:], *family.labels))} | {family.help} |"
        for family in families
    ]


if __name__ == "__main__":
    print("\n".join(rows()))
