// The page that the picture is taken of: one dashboard, drawn once; its title says when it is done.

import { ThemeContext } from '@grafana/data';
import { GlobalStyles } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

import { answers } from './answers.js';
import { dress } from './dress.js';
import { Panel } from './panel.jsx';
import { folded, interpolate, services } from './request.js';
import { theme } from './theme.js';
import { unfold } from './unfold.js';

const WIDTH = 1500;
const COLUMN = WIDTH / 24;
const ROW = 38;
const GAP = 8;
const SETTLED_MS = 2500;

window.failures = [];

async function filled(placed) {
  const { panel, variables } = placed;
  const title = interpolate(panel.title, variables, 0);
  if (panel.type === 'row') {
    return { ...placed, title };
  }
  try {
    const frames = await dress(panel, await answers(panel, variables));
    return { ...placed, title, frames };
  } catch (error) {
    window.failures.push(`${title}: ${error.message}`);
    return { ...placed, title, frames: [] };
  }
}

function Placed({ panel, title, frames, place }) {
  const width = place.w * COLUMN - GAP;
  const height = place.h * ROW - GAP;
  const style = { position: 'absolute', left: place.x * COLUMN, top: place.y * ROW, width, height };
  return (
    <div style={style}>
      {panel.type === 'row' ? (
        <h4 style={{ paddingTop: 6 }}>
          {folded ? '▸' : '▾'} {title}
        </h4>
      ) : (
        <Panel panel={panel} title={title} frames={frames} width={width} height={height} />
      )}
    </div>
  );
}

function Page({ panels }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ position: 'relative', width: WIDTH, margin: GAP }}>
        {panels.map((panel, index) => (
          <Placed key={index} {...panel} />
        ))}
      </div>
    </ThemeContext.Provider>
  );
}

function finish() {
  const failures = document.createElement('pre');
  failures.id = 'failures';
  failures.textContent = window.failures.join('\n');
  failures.style.display = 'none';
  document.body.append(failures);
}

const dashboard = await (await fetch('dashboard.json')).json();
const panels = await Promise.all(unfold(dashboard, services, folded).map(filled));
createRoot(document.getElementById('root')).render(<Page panels={panels} />);
setTimeout(finish, SETTLED_MS);
