// Imported before Apollo, which reads this once and would otherwise send usage data abroad.
process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
