"""Whether an id_token holds: signed by the issuer's keys, for us, now, and for this login.

After OpenID Connect Core 1.0, 3.1.3.7, and 12.2 for a renewed session. If one does not hold, every
application that checks its logins rejects people, whatever the status of the answer was.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from probe.config.transaction.steps import IdToken
from probe.model.run import Check
from probe.observing.answers.answer import Answer
from probe.observing.answers.document import MISSING, Unreadable, look_up, parse, shown
from probe.observing.answers.evidence import show_check
from probe.observing.asking.templates import Variables, render
from probe.observing.masking import Masker

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
)
"""Those that a key set can vouch for; `none` and shared secrets are not among them."""

LEEWAY_S: Final = 60
"""How far the clocks of a provider's own machines may differ."""

_NAME: Final = "id_token"
_SHOWN_KEYS: Final = 5
_MOMENTS: Final = frozenset({"exp", "iat"})
_LARGEST_TIME: Final = 10**12

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an id_token showed; `subject` is whom it names, None unless all of it holds."""

    checks: tuple[Check, ...] = ()
    subject: str | None = None


def verify(
    wanted: IdToken, answer: Answer, variables: Variables, now: float, masker: Masker
) -> Identity:
    """One check of the signature and, if that is right, one for each claim.

    `now` is the time by the provider's clock: what it has just issued must hold by that.
    """
    if wanted.subject is not None and _is_left_out(answer):
        return Identity()
    vouched, claims = _vouched(wanted, answer, variables)
    held = () if claims is None else _claim_checks(wanted, claims, variables, now)
    checks = tuple(show_check(check, masker) for check in (vouched, *held))
    holds = claims is not None and all(check.passed for check in checks)
    return Identity(checks=checks, subject=claims["sub"] if claims and holds else None)


def _vouched(wanted: IdToken, answer: Answer, variables: Variables) -> tuple[Check, Claims | None]:
    """Whether the token is one, signed if keys are wanted; and if so, its claims."""
    # 10 MB, only for daemons that check identities.
    from joserfc.errors import JoseError, SecurityWarning  # noqa: PLC0415

    # A short key or an old algorithm name is the provider's choice, and not for our log.
    warnings.simplefilter("ignore", SecurityWarning)
    keys: list[Any] = []
    claims: Claims | None = None
    seen = "one that can be read" if wanted.keys is None else "a signature that is right"
    try:
        if wanted.keys is None:
            claims = _read(_token_in(answer))
        else:
            keys += _usable(render(wanted.keys, variables))
            claims = _signed(_token_in(answer), keys)
    except JoseError as problem:
        seen = problem.description or "a signature that is wrong"
    except (Unreadable, ValueError, RecursionError) as problem:
        seen = str(problem)
    except TypeError:  # from joserfc, over a `crit` that is no list
        seen = "a token whose header cannot be read"
    names = ", ".join(str(key.kid) for key in keys[:_SHOWN_KEYS]) or "none"
    signed = f"signed by a key of the key set: {names}"
    expected = "a token" if wanted.keys is None else signed
    return Check(name=_NAME, passed=claims is not None, expected=expected, actual=seen), claims


def _is_left_out(answer: Answer) -> bool:
    try:
        return look_up(answer.document, _NAME) is MISSING
    except Unreadable:
        return False


def _token_in(answer: Answer) -> str:
    token = look_up(answer.document, _NAME)
    if not isinstance(token, str):
        raise Unreadable("no id_token" if token is MISSING else "an id_token that is no text")
    return token


def _usable(key_set: str) -> Iterator[Any]:
    """The keys of a set that we understand; others may be meant for others (RFC 7517, 5)."""
    from joserfc.jwk import import_key  # noqa: PLC0415

    listed = parse(key_set)
    for fields in filter(_is_key, listed if isinstance(listed, list) else ()):
        with suppress(Exception):  # whatever error a foreign key causes, we cannot use it
            yield import_key({name: text for name, text in fields.items() if text is not None})


def _is_key(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _signed(token: str, keys: list[Any]) -> Claims:
    """The claims of a token whose signature is right. Raises JoseError."""
    from joserfc import jws, jwt  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwt.decode(token, KeySet(keys), registry=registry).claims


def _read(token: str) -> Claims:
    """The claims of a token, whoever signed it. Raises JoseError, Unreadable or ValueError."""
    from joserfc import jws  # noqa: PLC0415

    claims = parse(jws.extract_compact(token.encode("ascii")).payload.decode("utf-8"))
    if not isinstance(claims, dict):
        raise Unreadable("a token that says nothing")
    return claims


def _claim_checks(
    wanted: IdToken, claims: Claims, variables: Variables, now: float
) -> Iterator[Check]:
    values = {"iss": wanted.issuer, "aud": wanted.audience, "nonce": wanted.nonce}
    values["sub"] = wanted.subject
    texts = {name: render(text, variables) for name, text in values.items() if text is not None}
    expected = {"sub": "somebody", "exp": "in the future", "iat": "in the past"} | texts
    for name, words in expected.items():
        yield Check(
            name=f"{_NAME} {name}",
            passed=_holds(name, claims, texts.get(name), now),
            expected=words,
            actual=_told(name, claims.get(name, MISSING), now),
        )


def _holds(name: str, claims: Claims, value: str | None, now: float) -> bool:
    from joserfc.errors import ClaimError  # noqa: PLC0415
    from joserfc.jwt import ClaimsOption, JWTClaimsRegistry  # noqa: PLC0415

    if name == "sub" and not isinstance(claims.get(name), str):
        return False
    option: ClaimsOption = {"essential": True}
    if value is not None:
        option["value"] = value
    registry = JWTClaimsRegistry(int(now), LEEWAY_S, **{name: option})
    try:
        registry.validate({name: claims.get(name)})
    except ClaimError:
        return False
    return True


def _told(name: str, value: object, now: float) -> str:
    """A claim in its most readable form: times by how far away they are."""
    if name in _MOMENTS and isinstance(value, int | float) and abs(value) < _LARGEST_TIME:
        return f"{value - now:.0f} s from now" if value >= now else f"{now - value:.0f} s ago"
    return value if isinstance(value, str) else shown(value)
