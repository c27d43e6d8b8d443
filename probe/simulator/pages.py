"""The HTML that the web front and its faults show. Text only: no request, no decision."""

from html import escape
from typing import Final

CONSOLE_MARKER: Final = "Standin Console"
WRONG_PASSWORD: Final = "Wrong e-mail or password"  # noqa: S105 (a sentence)
NOT_WORKING: Final = "This isn't working right now"

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
</head>
<body>
{body}
</body>
</html>
"""

_LOGIN: Final = """  <main>
    <h1>Sign in to Standin</h1>
    {notice}
    <form method="post" action="/login">
      <input type="hidden" name="csrf" value="{csrf}">
      <label>E-mail <input type="email" name="user" autocomplete="username" required></label>
      <label>Password <input type="password" name="password" required></label>
      <button type="submit">Sign in</button>
    </form>
  </main>"""

_HOME: Final = """  <main>
    <h1>Welcome back to Standin</h1>
    <p>Signed in as {user}.</p>
    <form method="post" action="/logout"><button type="submit">Sign out</button></form>
  </main>"""

EMPTY_SHELL: Final = _PAGE.format(
    title="Standin", body='  <div id="root"></div>\n  <script src="/assets/app.js"></script>'
)

CHALLENGE: Final = """<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript>
<script>window._cf_chl_opt = {cType: "managed"};</script>
<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>
</body></html>
"""


def login_page(csrf: str, notice: str = "") -> str:
    """The login form with its hidden token, and a notice above it."""
    shown = f'<p role="alert">{escape(notice)}</p>' if notice else ""
    body = _LOGIN.format(csrf=escape(csrf), notice=shown)
    return _PAGE.format(title="Standin - Sign in", body=body)


def home_page(user: str) -> str:
    """The page that a user sees first after signing in."""
    return _PAGE.format(title="Standin", body=_HOME.format(user=escape(user)))


def console_page() -> str:
    """The developer console's front page."""
    body = f"  <main><h1>{CONSOLE_MARKER}</h1><p>Keys, usage and billing.</p></main>"
    return _PAGE.format(title=CONSOLE_MARKER, body=body)


def failure_page(words: str) -> str:
    """A page that says only what went wrong."""
    return _PAGE.format(title=escape(words), body=f"  <h1>{escape(words)}</h1>")


def not_working_page() -> str:
    """The page that apologises, which a broken front serves with any status."""
    return _PAGE.format(
        title="Standin", body=f"  <h1>{NOT_WORKING}</h1>\n  <p>Try again later.</p>"
    )
