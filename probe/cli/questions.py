"""The questions that `probe init` asks about what its options leave open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

import typer
from pydantic_core import PydanticCustomError

from probe.config.presets import (
    Grade,
    Parameter,
    PresetUse,
    open_parameters,
    preset,
    preset_names,
)
from probe.config.starter import Start, StarterError
from probe.config.types import checked_name

_GRADES: tuple[str, ...] = get_args(Grade)
_HERE = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitAnswers:
    """The values of the options; an empty one is asked for, or has a default."""

    presets: tuple[str, ...] = ()
    grade: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    location: str = ""
    name: str = ""


def completed(answers: InitAnswers) -> Start:
    """What to write, after asking what is open. Raises StarterError for an invalid answer."""
    asks = not answers.presets
    names = answers.presets or (_asked_preset(),)
    grade = answers.grade or (_asked_grade() if asks else _GRADES[0])
    location = answers.location or (_asked_location() if asks else _HERE)
    _refuse_unknown(names, preset_names(), "preset")
    _refuse_unknown((grade,), _GRADES, "grade")
    _refuse_misnamed(location, "location")
    _refuse_misnamed(answers.name or "unnamed", "name")
    known = {key for name in names for key in preset(name)[0].parameters}
    _refuse_unknown(answers.parameters, known, "parameter")
    uses = [_filled(name, grade, answers.parameters) for name in names]
    return Start(uses=uses, location=location, name=answers.name)


def _refuse_misnamed(text: str, option: str) -> None:
    try:
        checked_name(text)
    except PydanticCustomError as error:
        raise StarterError(f"{option} {text!r}: {error.message()}") from None


def _asked_preset() -> str:
    for name in preset_names():
        typer.echo(f"  {name}: {preset(name)[0].about}")
    return str(typer.prompt("What to watch", value_proc=_known_preset))


def _known_preset(answer: str) -> str:
    if answer not in preset_names():
        raise typer.BadParameter(f"no preset is called {answer!r}")
    return answer


def _asked_location() -> str:
    return str(typer.prompt("Where this stands", default=_HERE))


def _asked_grade() -> str:
    credential = typer.confirm("With a credential of your own", default=False)
    return _GRADES[credential]


def _filled(name: str, grade: str, parameters: Mapping[str, str]) -> PresetUse:
    """The preset with those of `parameters` that it has; required ones not given are asked for."""
    own = preset(name)[0].parameters
    given = {key: value for key, value in parameters.items() if key in own}
    for key, value in given.items():
        if own[key].secret and "${" not in value:
            raise StarterError(f"{key} is a secret; name it, as ${{env:NAME}} or ${{file:/path}}")
        if problem := _misfit(own[key], value):
            raise StarterError(f"{key}: {problem}")
    use = PresetUse.model_validate({"name": name, "grade": grade, "parameters": given})
    answers = {key: _asked(key, own[key]) for key in open_parameters(use)}
    return use.model_copy(update={"parameters": given | answers})


def _asked(key: str, parameter: Parameter) -> str:
    def fitting(answer: str) -> str:
        if problem := _misfit(parameter, answer):
            raise typer.BadParameter(problem)
        return answer

    try:
        return str(typer.prompt(f"{key}, {parameter.about}", value_proc=fitting))
    except typer.Abort:
        typer.echo(err=True)  # the question is on this line
        raise StarterError(f"{key}: no answer; give it as --parameter {key}=...") from None


def _misfit(parameter: Parameter, value: str) -> str | None:
    """Why `value` is not valid; None if it is, or has a reference, which only loading resolves."""
    return None if "${" in value else parameter.misfit(value)


def _refuse_unknown(wished: Iterable[str], known: Collection[str], kind: str) -> None:
    for name in wished:
        if name not in known:
            there = ", ".join(sorted(known))
            raise StarterError(f"no {kind} is called {name!r}; there are: {there}")
