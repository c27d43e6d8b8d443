// A dashboard's panels where they stand, with a row of them for each value.

const bottom = (panels) => Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));

// Each row with its panels: a folded one holds them, an open one is followed by them.
function rows(panels) {
  const found = [{ head: null, panels: [] }];
  for (const panel of panels) {
    if (panel.type === 'row') {
      found.push({ head: panel, panels: [...panel.panels] });
    } else {
      found.at(-1).panels.push(panel);
    }
  }
  return found;
}

function moved(panel, down, variables) {
  return { panel, variables, place: { ...panel.gridPos, y: panel.gridPos.y + down } };
}

function repeated({ head, panels }, values) {
  const all = [head, ...panels];
  const height = bottom(all) - head.gridPos.y;
  return values.flatMap((value, index) =>
    all.map((panel) => moved(panel, index * height, { [head.repeat]: value })),
  );
}

export function unfold({ panels }, values, folded) {
  return rows(panels).flatMap(({ head, panels: inside }) => {
    if (!head) {
      return inside.map((panel) => moved(panel, 0, {}));
    }
    return repeated({ head, panels: folded ? [] : inside }, values);
  });
}
