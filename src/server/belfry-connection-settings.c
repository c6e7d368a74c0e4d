/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-connection-settings"

#include "config.h"

#include "belfry-connection-settings.h"

/* Shared by all connections that were opened under one configuration, and kept alive by them when
 * the next one comes into force. */

#define KIB ((gsize) 1024)

struct _BelfryConnectionSettings
{
  gatomicrefcount refs;
  BelfryConnectionLimits limits;
};

void
belfry_connection_limits_init (BelfryConnectionLimits *limits)
{
  *limits = (BelfryConnectionLimits){
    .ping_interval = 30 * G_USEC_PER_SEC,
    .ping_timeout = 15 * G_USEC_PER_SEC,
    .auth_timeout = 10 * G_USEC_PER_SEC,
    .needs_authentication = TRUE,
    .close_timeout = 5 * G_USEC_PER_SEC,
    .max_message = 64 * KIB,
    .max_frame = 64 * KIB,
    .max_fragments = 1024,
    .message_rate = 100,
    .message_burst = 200,
    .rate_patience = 10 * G_USEC_PER_SEC,
    .send_queue = 1024 * KIB,
    .send_exempt = 256,
    .read_mark = 256 * KIB,
    .turn_bytes = 64 * KIB,
    .turn_messages = 64,
    .closing_bytes = 1024 * KIB,
  };
}

BelfryConnectionSettings *
belfry_connection_settings_new (const BelfryConnectionLimits *limits)
{
  BelfryConnectionSettings *self = g_new0 (BelfryConnectionSettings, 1);

  g_atomic_ref_count_init (&self->refs);
  self->limits = *limits;
  return self;
}

BelfryConnectionSettings *
belfry_connection_settings_ref (BelfryConnectionSettings *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
belfry_connection_settings_unref (BelfryConnectionSettings *self)
{
  if (g_atomic_ref_count_dec (&self->refs))
    g_free (self);
}

const BelfryConnectionLimits *
belfry_connection_settings_get_limits (const BelfryConnectionSettings *self)
{
  return &self->limits;
}
