/**
 * How payloads travel: plain JSON, the SDK's own converter. Clients, workers and replay all take it from here, so that a
 * payload codec (encryption) has one place to go.
 */
import type { DataConverter } from '@temporalio/common';

export const dataConverter: DataConverter = {};
