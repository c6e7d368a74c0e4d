/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-incoming"

#include "config.h"

#include "belfry-incoming.h"

/* Bytes that become a request, in the vestibule. Grows with what has come, not with what was
 * announced. */

gsize
belfry_incoming_room (const BelfryIncoming *self)
{
  gsize had = self->bytes != NULL ? self->bytes->len : 0;

  if (!self->has_head)
    return BELFRY_REQUEST_HEAD_MAX - MIN (had, BELFRY_REQUEST_HEAD_MAX);

  guint64 whole = self->head.length + self->head.content_length;
  return (gsize) MIN (whole - MIN (had, whole), BELFRY_REQUEST_HEAD_MAX);
}

void
belfry_incoming_append (BelfryIncoming *self, const guint8 *bytes, gsize length)
{
  if (self->bytes == NULL)
    self->bytes = g_byte_array_new ();
  g_byte_array_append (self->bytes, bytes, (guint) length);
}

guint
belfry_incoming_judge (BelfryIncoming *self, const BelfryBodyRule *rule)
{
  if (!self->has_head)
    {
      guint status = belfry_request_head_feed (&self->head, (const char *) self->bytes->data,
                                               self->bytes->len, rule);

      if (status != BELFRY_REQUEST_HEAD_COMPLETE)
        return status;
      self->has_head = TRUE;
      belfry_request_head_settle (&self->head, (char *) self->bytes->data);
    }
  return self->bytes->len - self->head.length < self->head.content_length
             ? BELFRY_INCOMING_BODY
             : BELFRY_REQUEST_HEAD_COMPLETE;
}

gsize
belfry_incoming_get_held (const BelfryIncoming *self)
{
  gboolean has_body = self->has_head && self->head.content_length > 0;

  return has_body && self->bytes != NULL ? self->bytes->len : 0;
}

void
belfry_incoming_clear (BelfryIncoming *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  *self = (BelfryIncoming){ 0 };
}
