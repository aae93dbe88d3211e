export { type DownloadOptions, type DownloadProgress } from "./download-files.ts";
export {
  downloadModel,
  type DownloadedModel,
  type ModelDownloadOptions,
} from "./download-model.ts";
export { hubSettings, type HubSettings } from "./hub-settings.ts";
export { findCachedModel } from "./model-cache.ts";
export { downloadData, namedData, type DataName } from "./named-data.ts";
export { repositoryName } from "./repository.ts";
