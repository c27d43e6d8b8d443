"""Expands `preset:` to a whole service: the presets' layers, overridden by the file's own keys.

A key of a later layer replaces that of an earlier one; paths are matched by name and then merged
key by key. References in a preset are resolved last, so that one that was replaced need not be
resolvable.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from probe.config.presets import Preset, PresetUse, preset, preset_names
from probe.config.reading.document import Document, Location, Place
from probe.config.reading.references import ReferenceProblem, resolve
from probe.config.types import WRITTEN
from probe.model.secret import Secret, reveal

_BEFORE_A_SLASH: Final = re.compile(r"\$\{param:(\w+)\}(?=/)")
_UNKNOWN: Final = "http://parameter.invalid"
"""The value of a missing or invalid parameter: valid anywhere, so that it is reported once."""


def expand(document: Document) -> None:
    """Expand every service that names presets, in place; problems are noted in `document`."""
    services = document.value(("services",))
    if not isinstance(services, list):
        return
    data = {"services": list(services)}
    written = replace(document, data=data, places=dict(document.places))
    for i, service in enumerate(services):
        if isinstance(service, dict) and "preset" in service:
            services[i] = _expanded(document, written, ("services", i))


def _expanded(document: Document, written: Document, at: Location) -> Any:
    asked = _asked(written, (*at, "preset"))
    service = Document(file=document.file, data={})
    fillings: dict[Path, _Filling] = {}
    for use_at, use in _uses(asked):
        found, source = preset(use.name)
        fillings[source.file] = _Filling(asked, use_at, use, found)
        for layer in use.layers:
            _lay(service, source, (layer,), use.without)
        _check(asked, use_at, use, source)
    _lay(service, written, at)
    service.data["preset"] = service.copy(("preset",), asked, ())

    def read(text: str, place: Place) -> Any:
        filling = fillings.get(place.file)
        return text if filling is None else filling.fill(text)

    expanded = document.copy(at, service, (), read)
    document.places[at] = written.place(at)
    document.problems += asked.problems
    return expanded


def _asked(written: Document, at: Location) -> Document:
    """The value of `preset:` as a list, in which names have become mappings."""
    asked = Document(file=written.file, data=[], places={(): written.place(at)})
    value = written.value(at)
    several = isinstance(value, list)
    for i in range(len(value) if several else 1):
        item = asked.copy((i,), written, (*at, i) if several else at)
        if isinstance(item, str):
            item = {"name": item}
            asked.places[i, "name"] = asked.places[i,]
        asked.data.append(item)
    return asked


def _uses(asked: Document) -> list[tuple[Location, PresetUse]]:
    """The uses of existing presets; malformed ones are left for the model to report."""
    uses: list[tuple[Location, PresetUse]] = []
    for i, item in enumerate(asked.data):
        try:
            use = PresetUse.model_validate(item, context=WRITTEN)
        except ValidationError:
            continue
        if use.name in preset_names():
            uses.append(((i,), _fitting(asked, (i,), _guarded(item, use))))
        else:
            asked.report((i, "name"), _no_such("preset", use.name, preset_names()))
    return uses


def _guarded(item: dict[str, Any], use: PresetUse) -> PresetUse:
    """`use` with its secret parameters as Secrets; those in `item` are replaced, too."""
    known = preset(use.name)[0].parameters
    secret = {name for name in known if known[name].secret}
    parameters = {
        name: Secret(text) if isinstance(text, str) and name in secret else text
        for name, text in use.parameters.items()
    }
    if parameters:
        item["parameters"] = parameters
    return use.model_copy(update={"parameters": parameters})


def _fitting(asked: Document, at: Location, use: PresetUse) -> PresetUse:
    """`use` with each invalid parameter reported where it is given, and then replaced."""
    known = preset(use.name)[0].parameters
    parameters = dict(use.parameters)
    for name in parameters.keys() & known.keys():
        problem = known[name].misfit(parameters[name])
        if problem is not None:
            asked.report((*at, "parameters", name), problem)
            parameters[name] = _UNKNOWN
    return use.model_copy(update={"parameters": parameters})


def _check(asked: Document, at: Location, use: PresetUse, source: Document) -> None:
    """Report the paths and parameters that `use` names and the preset does not have."""
    known = {path["name"] for layer in use.layers for path in source.value((layer, "paths")) or ()}
    for i, name in enumerate(use.without):
        if name not in known:
            asked.report((*at, "without", i), _no_such("path of this preset", name, known))
    parameters = source.value(("parameters",)) or {}
    for name in use.parameters:
        if name not in parameters:
            message = _no_such("parameter of this preset", name, parameters)
            asked.report((*at, "parameters", name), message)


def _no_such(kind: str, name: str, known: Any) -> str:
    return f"no {kind} is called {name!r}; there are: {', '.join(sorted(known)) or 'none'}"


def _lay(service: Document, source: Document, at: Location, without: tuple[str, ...] = ()) -> None:
    """Override `service` with the part of a service at `at` in `source`."""
    for key, value in source.value(at).items():
        lists = isinstance(value, list) and isinstance(service.data.get(key, []), list)
        if key == "paths" and lists:
            _lay_paths(service, source, (*at, key), without)
        elif key != "preset":
            service.data[key] = service.copy((key,), source, (*at, key))
    if without and "components" in service.data:
        service.data["components"] = _still_speaking(service.data["components"], set(without))


def _still_speaking(components: dict[str, Any], without: set[str]) -> dict[str, Any]:
    """Components without the paths that are left out; one that covered only these is dropped."""
    left: dict[str, Any] = {}
    for key, component in components.items():
        paths = component.get("paths", []) if isinstance(component, dict) else []
        if not paths:
            left[key] = component
        elif not without.issuperset(paths):
            left[key] = {**component, "paths": [path for path in paths if path not in without]}
    return left


def _lay_paths(service: Document, source: Document, at: Location, without: tuple[str, ...]) -> None:
    service.places["paths",] = source.place(at)
    paths = service.data.setdefault("paths", [])
    known = {path["name"]: i for i, path in enumerate(paths) if _name(path)}
    for i, path in enumerate(source.value(at)):
        if _name(path) in without:
            continue
        here = known.pop(_name(path), None)  # a second one in this layer is another path
        if here is None:
            paths.append(service.copy(("paths", len(paths)), source, (*at, i)))
            continue
        service.places["paths", here] = source.place((*at, i))
        for key in path:
            paths[here][key] = service.copy(("paths", here, key), source, (*at, i, key))


def _name(path: Any) -> str:
    name = path.get("name") if isinstance(path, dict) else None
    return name if isinstance(name, str) else ""


@dataclass(frozen=True, slots=True)
class _Filling:
    """Fills in the texts of one preset with the parameters that one service gives."""

    asked: Document
    at: Location
    use: PresetUse
    preset: Preset

    def fill(self, text: str) -> str | Secret:
        """`text` with its parameters filled in; a missing one is reported.

        A value that is followed by a slash loses its own trailing slashes.
        """
        before_a_slash = set(_BEFORE_A_SLASH.findall(text))

        def value(name: str) -> str | Secret:
            found = self._parameter(name)
            return _without_slash(found) if name in before_a_slash else found

        return resolve(text, value)

    def _parameter(self, name: str) -> str | Secret:
        if name in self.use.parameters:
            return self.use.parameters[name]
        parameter = self.preset.parameters[name]
        try:
            if parameter.default is not None:
                return resolve(parameter.default)
            problem = parameter.about
        except ReferenceProblem as unresolved:
            problem = str(unresolved)
        needs = f"the preset {self.use.name} needs parameters: {{{name}: ...}}"
        self.asked.report(self.at, f"{needs}; {problem}")
        return _UNKNOWN


def _without_slash(address: str | Secret) -> str | Secret:
    bare = reveal(address).rstrip("/")
    return Secret(bare, address.source, address.parts) if isinstance(address, Secret) else bare
