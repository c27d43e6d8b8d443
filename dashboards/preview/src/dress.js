// Grafana's own code makes frames ready to draw: transformations, units, mappings, overrides.

import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  FieldConfigOptionsRegistry,
  identityOverrideProcessor,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';

import { theme } from './theme.js';

const STANDARD = 'unit decimals min max mappings noValue color thresholds links displayName'.split(
  ' ',
);

const distinct = new Map(Object.values(standardTransformers).map((each) => [each.id, each]));
standardTransformersRegistry.setInit(() =>
  [...distinct.values()].map((each) => ({
    id: each.id,
    name: each.name,
    transformation: async () => each,
    editor: () => null,
  })),
);

const option = (path, isCustom) => ({
  id: isCustom ? `custom.${path}` : path,
  path,
  name: path,
  isCustom,
  process: identityOverrideProcessor,
  shouldApply: () => true,
});

function overridden({ overrides }) {
  const ids = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  return ids.filter((id) => id.startsWith('custom.')).map((id) => id.slice('custom.'.length));
}

// Grafana registers each kind of panel's own options; here all that the panel itself names.
function registryOf(fieldConfig) {
  const own = new Set([
    ...Object.keys(fieldConfig.defaults.custom ?? {}),
    ...overridden(fieldConfig),
  ]);
  const registry = new FieldConfigOptionsRegistry();
  STANDARD.forEach((path) => registry.register(option(path, false)));
  own.forEach((path) => registry.register(option(path, true)));
  return registry;
}

export async function dress(panel, frames) {
  const steps = panel.transformations ?? [];
  const data = steps.length ? await firstValueFrom(transformDataFrame(steps, frames)) : frames;
  const fieldConfig = { overrides: [], ...panel.fieldConfig };
  const dressed = applyFieldOverrides({
    data,
    fieldConfig,
    fieldConfigRegistry: registryOf(fieldConfig),
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  cacheFieldDisplayNames(dressed);
  return dressed;
}
