// A heatmap of cumulative buckets, redrawn: Grafana keeps its own out of the packages.

import { getFieldDisplayName } from '@grafana/data';

import { end, start, stepOf } from './request.js';
import { TimeAxis } from './timeaxis.jsx';

const LABELS = 52;
const FOOT = 24;
const bound = (name) => (name === '+Inf' ? Infinity : Number(name));

// Each bucket without what the smaller ones hold already.
function buckets(frames) {
  const named = frames.map((frame) => ({
    name: getFieldDisplayName(frame.fields[1], frame, frames),
    times: frame.fields[0].values,
    counts: frame.fields[1].values,
  }));
  named.sort((one, other) => bound(one.name) - bound(other.name));
  return named.map((bucket, index) => ({
    ...bucket,
    counts: bucket.counts.map((count, at) => count - (named[index - 1]?.counts[at] ?? 0)),
  }));
}

function Bucket({ bucket, most, width, height, step }) {
  return bucket.times.map((at, index) => {
    const share = bucket.counts[index] / most;
    return share > 0 ? (
      <rect
        key={at}
        x={((at / 1000 - start) / (end - start)) * width}
        width={Math.max(1, (step / (end - start)) * width - 1)}
        height={height - 1}
        fill={`rgba(255, 152, 48, ${0.15 + 0.85 * Math.sqrt(share)})`}
      />
    ) : null;
  });
}

export function Heat({ panel, frames, width, height }) {
  const all = buckets(frames);
  const most = Math.max(...all.flatMap((bucket) => bucket.counts));
  const inner = { width: width - LABELS, height: (height - FOOT) / all.length };
  return (
    <div style={{ width, height }}>
      <svg width={width} height={height - FOOT}>
        {all.map((bucket, index) => (
          <g
            key={bucket.name}
            transform={`translate(0 ${(all.length - 1 - index) * inner.height})`}
          >
            <text
              x={LABELS - 8}
              y={inner.height / 2 + 4}
              fill="#ccccdc"
              fontSize="11"
              textAnchor="end"
            >
              {bucket.name === '+Inf' ? '+Inf' : `≤ ${bucket.name} s`}
            </text>
            <g transform={`translate(${LABELS} 0)`}>
              <Bucket bucket={bucket} most={most} step={stepOf(panel)} {...inner} />
            </g>
          </g>
        ))}
      </svg>
      <TimeAxis left={LABELS} width={inner.width} />
    </div>
  );
}
