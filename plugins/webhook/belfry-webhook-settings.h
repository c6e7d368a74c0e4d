/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/**
 * BelfryWebhookSettings:
 *
 * The plugin's settings, read and checked. Immutable, reference-counted; main thread.
 */
typedef struct
{
  grefcount ref_count;
  GUri *url_authenticate; /* (owned) (nullable): not asked if there is none */
  GUri *url_authorize;    /* (owned) (nullable): likewise */
  GTlsDatabase *ca;       /* (owned) (nullable): who vouches for backends, if not the system */
  GBytes *secret;         /* (owned) (nullable): what questions are signed with */
  char *bearer;           /* (owned) (nullable): the value of the Authorization header */
  gboolean patterns;      /* whether requests for patterns are asked about, too */
  gint64 timeout;         /* this and those below: microseconds */
  gint64 cache_ttl;
  gint64 negative_ttl;
  gint64 pause;
  guint cache_size;
  guint max_concurrent;
  guint max_waiting;
  guint failures;
} BelfryWebhookSettings;

/* Waits for the disk. Returns: (transfer full) (nullable) */
BelfryWebhookSettings *belfry_webhook_settings_read (BelfryPluginSettings *from, GError **error);
BelfryWebhookSettings *belfry_webhook_settings_ref (BelfryWebhookSettings *self);
void belfry_webhook_settings_unref (BelfryWebhookSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryWebhookSettings, belfry_webhook_settings_unref)

G_END_DECLS
