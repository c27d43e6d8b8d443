// One panel: Grafana's frame around it, and inside what its kind draws.

import { dateTime, EventBusSrv, getFieldDisplayValues } from '@grafana/data';
import { BigValue, PanelChrome, PanelContextProvider, TimeSeries } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Component } from 'react';

import { Heat } from './heat.jsx';
import { end, start } from './request.js';
import { Strips } from './strips.jsx';
import { theme } from './theme.js';

const GAP = 6;
const TIMES = { from: dateTime(start * 1000), to: dateTime(end * 1000) };
const TIME_RANGE = { ...TIMES, raw: TIMES };

function Stat({ panel, frames, width, height }) {
  const { options, fieldConfig } = panel;
  const values = getFieldDisplayValues({
    fieldConfig,
    reduceOptions: options.reduceOptions,
    data: frames,
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  const each = Math.floor((width - GAP * (values.length - 1)) / values.length);
  return (
    <div style={{ display: 'flex', gap: GAP }}>
      {values.map(({ display }, index) => (
        <BigValue
          key={index}
          theme={theme}
          value={display}
          width={each}
          height={height}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          text={options.text}
          wideLayout={options.wideLayout}
        />
      ))}
    </div>
  );
}

const Table = ({ frames, width, height }) => (
  <TableNG
    data={frames[0]}
    width={width}
    height={height}
    timeRange={TIME_RANGE}
    cellHeight="sm"
    getActions={() => []}
  />
);

const Lines = ({ panel, frames, width, height }) => (
  <TimeSeries
    frames={frames}
    width={width}
    height={height}
    timeRange={TIME_RANGE}
    timeZone="utc"
    legend={panel.options.legend}
    options={{}}
  >
    {() => null}
  </TimeSeries>
);

const KINDS = {
  stat: Stat,
  table: Table,
  timeseries: Lines,
  'state-timeline': Strips,
  heatmap: Heat,
};

function Empty({ panel, height }) {
  const style = { height, display: 'grid', placeItems: 'center', opacity: 0.6 };
  return <div style={style}>{panel.fieldConfig.defaults.noValue}</div>;
}

function Inside({ panel, frames, ...size }) {
  const Kind = KINDS[panel.type];
  const empty = !frames.some((frame) => frame.length) && panel.type !== 'stat';
  return empty ? (
    <Empty panel={panel} {...size} />
  ) : (
    <Kind panel={panel} frames={frames} {...size} />
  );
}

class Guard extends Component {
  state = { broken: null };

  static getDerivedStateFromError(error) {
    return { broken: error };
  }

  componentDidCatch(error) {
    window.failures.push(`${this.props.title}: ${error.message}`);
  }

  render() {
    return this.state.broken ? <pre>{String(this.state.broken)}</pre> : this.props.children;
  }
}

const context = { eventBus: new EventBusSrv() };

export function Panel({ panel, title, frames, width, height }) {
  return (
    <PanelContextProvider value={context}>
      <PanelChrome title={title} width={width} height={height}>
        {(innerWidth, innerHeight) => (
          <Guard title={title}>
            <Inside panel={panel} frames={frames} width={innerWidth} height={innerHeight} />
          </Guard>
        )}
      </PanelChrome>
    </PanelContextProvider>
  );
}
