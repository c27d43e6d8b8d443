// A state timeline, redrawn: Grafana keeps its own out of the packages. Colours and words are its.

import { getFieldDisplayName } from '@grafana/data';

import { end, start, stepOf } from './request.js';
import { TimeAxis } from './timeaxis.jsx';

const NAME_WIDTH = 190;
const FOOT = 46;

// Runs of equal values: where each begins and ends, in seconds, and how it is shown.
function stretches(frame, step) {
  const [time, value] = frame.fields;
  const found = [];
  time.values.forEach((at, index) => {
    const last = found.at(-1);
    const seconds = at / 1000;
    const goesOn = last && last.value === value.values[index] && seconds <= last.until;
    if (goesOn) {
      last.until = seconds + step;
    } else {
      const shown = value.display(value.values[index]);
      found.push({ value: value.values[index], since: seconds, until: seconds + step, shown });
    }
  });
  return found;
}

const share = (seconds) => `${(100 * Math.max(0, seconds - start)) / (end - start)}%`;

function Strip({ name, stretches, height }) {
  return (
    <div style={{ display: 'flex', height, alignItems: 'stretch' }}>
      <div
        style={{
          width: NAME_WIDTH,
          fontSize: 12,
          alignSelf: 'center',
          paddingRight: 8,
          textAlign: 'right',
          whiteSpace: 'nowrap',
          overflow: 'hidden',
        }}
      >
        {name}
      </div>
      <div style={{ position: 'relative', flex: 1 }}>
        {stretches.map(({ since, until, shown }) => (
          <div
            key={since}
            style={{
              position: 'absolute',
              left: share(since),
              width: share(start + Math.min(until, end) - since),
              top: '8%',
              bottom: '8%',
              background: shown.color,
            }}
          />
        ))}
      </div>
    </div>
  );
}

function Words({ shown }) {
  return (
    <div style={{ fontSize: 12, paddingLeft: NAME_WIDTH }}>
      {[...shown].map(([text, color]) => (
        <span key={text} style={{ marginRight: 16 }}>
          <span
            style={{
              display: 'inline-block',
              width: 12,
              height: 4,
              background: color,
              margin: '0 6px 3px 0',
            }}
          />
          {text}
        </span>
      ))}
    </div>
  );
}

export function Strips({ panel, frames, width, height }) {
  const rows = frames.map((frame) => ({
    name: getFieldDisplayName(frame.fields[1], frame, frames),
    stretches: stretches(frame, stepOf(panel)),
  }));
  const shown = new Map(
    rows.flatMap((row) => row.stretches.map((each) => [each.shown.text, each.shown.color])),
  );
  const each = (height - FOOT) / rows.length;
  return (
    <div style={{ width, height }}>
      {rows.map((row) => (
        <Strip key={row.name} height={each} {...row} />
      ))}
      <TimeAxis left={NAME_WIDTH} width={width - NAME_WIDTH} />
      <Words shown={shown} />
    </div>
  );
}
