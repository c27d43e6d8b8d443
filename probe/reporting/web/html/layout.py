"""The pages as HTML: functions of a picture and the time."""

from collections.abc import Sequence

from markupsafe import Markup

from probe.model.maintenance import Window, by_service
from probe.reporting.picture import PathView, Picture
from probe.reporting.web.drawing.bands import Drawn, over
from probe.reporting.web.drawing.strip import Strips
from probe.reporting.web.html.environment import template
from probe.reporting.web.html.view import announcement, summary, worst


class Page:
    """Renders pictures. Only the first one reads files: it loads the template engine."""

    def __init__(self) -> None:
        self._strips = Strips()

    def render(
        self,
        picture: Picture,
        now: float,
        past: Drawn | None = None,
        windows: Sequence[Window] = (),
    ) -> str:
        """The status page at `now`.

        `past` is its paths' earlier states, drawn; `windows` are when they were in maintenance.
        """
        held = by_service(windows)

        def strip(service: str, path: PathView) -> Markup:
            theirs = over(held.get(service, ()), service, path.name)
            return self._strips.strip(service, path, theirs)

        self._strips.keep(picture.paths)
        return template("page.html").render(
            **frame(picture, now), past=past or {}, strip=strip, windows=held
        )


def frame(picture: Picture, now: float, root: str = "./") -> dict[str, object]:
    """What the frame around every page shows.

    `root` leads from the page to the first one. No address is absolute: a proxy may serve all
    pages beneath a path of its own.
    """
    return {
        "root": root,
        "picture": picture,
        "now": now,
        "worst": worst(picture),
        "summary": summary(picture),
        "announcement": announcement(picture),
    }
