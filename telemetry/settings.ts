import { z } from 'zod';

const urlRule = 'must be a URL that starts with http:// or https://.';
const headersRule = 'must be name=value pairs, separated by commas.';
const ratioRule = 'must be a number from 0 to 1.';
const intervalRule = 'must be a whole number of milliseconds from 100 to 3600000.';
export const samplers = [
  'always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

const shape = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: urlRule }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().regex(/^\s*[^=,\s]+\s*=[^,]*(,\s*[^=,\s]+\s*=[^,]*)*$/, headersRule).optional(),
  OTEL_SERVICE_NAME: z.string().max(255, 'must have 255 characters at most.').optional(),
  OTEL_TRACES_SAMPLER: z.enum(samplers, { error: `must be one of ${samplers.join(', ')}.` }).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.string().regex(/^(0(\.\d+)?|1(\.0+)?)$/, ratioRule).transform(Number).default(1),
  OTEL_METRICS_EXPORTER: z.enum(['otlp', 'none'], { error: 'must be otlp or none.' }).default('otlp'),
  OTEL_METRIC_EXPORT_INTERVAL: z.string().regex(/^\d{3,7}$/, intervalRule).transform(Number)
    .refine((ms) => ms >= 100 && ms <= 3_600_000, intervalRule).default(60_000),
});

export interface TelemetrySettings {
  /** Of the collector, without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly sampler: SamplerName;
  /** Of new traces, for the samplers that go by it. */
  readonly ratio: number;
  /** Null for a collector that takes spans alone. */
  readonly metricsEveryMs: number | null;
}

/** Null where no collector is named: then nothing is loaded, either. Otherwise one sentence for each bad value. */
export function telemetrySettings(
  environment: Readonly<Record<string, string | undefined>>,
  usualName: string,
): { readonly settings: TelemetrySettings | null; readonly problems: readonly string[] } {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const { data, error } = shape.safeParse(given);
  if (error) return { settings: null, problems: error.issues.map(({ path, message }) => `${path.join('.')} ${message}`) };
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = data;
  if (endpoint === undefined) return { settings: null, problems: [] };
  return {
    settings: {
      endpoint: endpoint.replace(/\/+$/, ''),
      headers: headersIn(data.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
      serviceName: data.OTEL_SERVICE_NAME ?? usualName,
      sampler: data.OTEL_TRACES_SAMPLER,
      ratio: data.OTEL_TRACES_SAMPLER_ARG,
      metricsEveryMs: data.OTEL_METRICS_EXPORTER === 'none' ? null : data.OTEL_METRIC_EXPORT_INTERVAL,
    },
    problems: [],
  };
}

// Values are percent-encoded, as the specification has it.
function headersIn(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').filter((pair) => pair.includes('=')).map((pair) => {
    const cut = pair.indexOf('=');
    return [pair.slice(0, cut).trim(), decoded(pair.slice(cut + 1).trim())];
  }));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
