/** Volumes of backups as raw images, read directly from their objects, locally or over HTTP. */
export { type ImageHandler, type ImageHandlerOptions, imageHandler } from "./image-handler.js";
export { type CreateImageMemoryOptions, ImageMemory } from "./image-memory.js";
export { type ImageMemoryOptions, type ImageMemoryPlan, planImageMemory } from "./image-memory-plan.js";
export { type ImageRangeOptions, type ReadImageOptions, VolumeImage } from "./volume-image.js";
