/** Cinder's options that begin with `backup_`, have no meaning here, and are not typing mistakes. */
export const CINDER_OPTIONS: readonly RegExp[] = [
  /^backup_(ceph|tsm)_/,
  /^backup_(api_class|manager|topic|name_template|metadata_version|native_threads_pool_size)$/,
  /^backup_driver_(init_check|stats_polling)_interval$/,
  /^backup_(service_inithost_offload|use_same_host)$/,
  /^backup_gcs_(reader_chunk_size|retry_error_codes)$/,
  /^backup_s3_retry_mode$/,
  /^backup_swift_service_auth$/,
];
