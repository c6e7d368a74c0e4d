/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-notice"

#include "config.h"

#include "belfry-notice.h"

/* What the hub sends to shards. Freed on the shard's thread, or by whoever finds that the shard is
 * gone. */

BelfryNotice *
belfry_notice_new (BelfryNoticeKind kind, BelfrySession *session)
{
  BelfryNotice *self = g_new0 (BelfryNotice, 1);

  self->kind = kind;
  self->session = session;
  return self;
}

void
belfry_notice_free (BelfryNotice *self)
{
  for (guint i = 0; i < self->n_grants; i++)
    {
      g_clear_error (&self->grants[i].error);
      g_clear_pointer (&self->grants[i].missed, g_ptr_array_unref);
    }
  g_free (self->grants);
  g_clear_pointer (&self->request, belfry_request_free);
  g_clear_error (&self->error);
  g_clear_pointer (&self->presence, g_ptr_array_unref);
  g_clear_pointer (&self->history, belfry_history_page_free);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_clear_pointer (&self->message, belfry_message_unref);
  g_free (self->topic);
  g_free (self->text);
  g_free (self);
}

void
belfry_notice_set_n_grants (BelfryNotice *self, guint n)
{
  self->grants = g_new0 (BelfryGrant, n);
  self->n_grants = n;
}

void
belfry_notice_item_free (gpointer item)
{
  BelfryMessage *message = belfry_notice_to_message (item);

  if (message != NULL)
    belfry_message_unref (message);
  else
    belfry_notice_free (item);
}
