// The hours below a redrawn panel.

import { end, start } from './request.js';

const TICKS = [900, 1800, 3600, 7200, 14400];

function ticks() {
  const every = TICKS.find((seconds) => (end - start) / seconds <= 13) ?? 86400;
  const first = Math.ceil(start / every) * every;
  const found = [];
  for (let at = first; at <= end; at += every) {
    found.push(at);
  }
  return found;
}

export function TimeAxis({ left, width }) {
  return (
    <div style={{ position: 'relative', height: 20, marginLeft: left, fontSize: 12 }}>
      {ticks().map((at) => (
        <span
          key={at}
          style={{
            position: 'absolute',
            left: Math.min(((at - start) / (end - start)) * width, width - 16),
            transform: 'translateX(-50%)',
          }}
        >
          {new Date(at * 1000).toISOString().slice(11, 16)}
        </span>
      ))}
    </div>
  );
}
