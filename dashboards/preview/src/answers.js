// Prometheus's answers as the data frames that Grafana's data source would make of them.

import { FieldType, toDataFrame } from '@grafana/data';

import { end, interpolate, prometheus, start, stepOf } from './request.js';

async function ask(path, parameters) {
  const address = `${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`;
  const answer = await (await fetch(address)).json();
  if (answer.status !== 'success') {
    throw new Error(answer.error);
  }
  return answer.data.result;
}

const number = (text) => (text === 'NaN' ? null : Number(text));

function nameOf(labels, format) {
  return format
    ? format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '')
    : undefined;
}

function series(target, labels, points) {
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([at]) => at * 1000) },
      {
        name: 'Value',
        type: FieldType.number,
        values: points.map(([, value]) => number(value)),
        labels,
        config: { displayNameFromDS: nameOf(labels, target.legendFormat) },
      },
    ],
  });
}

function rows(target, answer, alone) {
  const labels = [...new Set(answer.flatMap((row) => Object.keys(row.metric)))];
  const columns = labels.map((label) => ({
    name: label,
    type: FieldType.string,
    values: answer.map((row) => row.metric[label] ?? ''),
  }));
  const time = { name: 'Time', type: FieldType.time, values: answer.map(() => end * 1000) };
  const value = {
    name: alone ? 'Value' : `Value #${target.refId}`,
    type: FieldType.number,
    values: answer.map((row) => number(row.value[1])),
  };
  return toDataFrame({ refId: target.refId, fields: [time, ...columns, value] });
}

async function framesOf(target, panel, variables) {
  const step = stepOf(panel);
  const query = interpolate(target.expr, variables, step);
  if (!target.instant) {
    const answer = await ask('query_range', { query, start, end, step });
    return answer.map(({ metric, values }) => series(target, metric, values));
  }
  const answer = await ask('query', { query, time: end });
  return target.format === 'table'
    ? [rows(target, answer, panel.targets.length === 1)].filter((frame) => frame.length)
    : answer.map(({ metric, value }) => series(target, metric, [value]));
}

export async function answers(panel, variables) {
  const all = panel.targets.map((target) => framesOf(target, panel, variables));
  return (await Promise.all(all)).flat();
}
