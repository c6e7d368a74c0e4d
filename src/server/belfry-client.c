/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-client"

#include "config.h"

#include "belfry-client.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "belfry-error.h"
#include "belfry-frame.h"
#include "belfry-worker.h"

/* The worker's side of a connection. Made by the worker, which has it in its list until the
 * connection says that it is closed. */

#define ID_BYTES (BELFRY_CLIENT_ID_LENGTH / 4 * 3)

static const char id_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static gboolean
make_id (char id[BELFRY_CLIENT_ID_LENGTH + 1])
{
  guint8 random[ID_BYTES];

  if (getrandom (random, sizeof random, 0) != (ssize_t) sizeof random)
    return FALSE;
  for (gsize i = 0; i < ID_BYTES / 3; i++)
    {
      guint32 bits =
          (guint32) random[3 * i] << 16 | (guint32) random[3 * i + 1] << 8 | random[3 * i + 2];

      for (int j = 0; j < 4; j++)
        id[4 * i + (gsize) j] = id_letters[bits >> (18 - 6 * j) & 63];
    }
  id[BELFRY_CLIENT_ID_LENGTH] = '\0';
  return TRUE;
}

static void
on_opened (BelfryConnection *connection)
{
  BelfryClient *self = belfry_connection_get_user_data (connection);

  if (self->handler->opened != NULL)
    self->handler->opened (self);
}

static void
on_message (BelfryConnection *connection, gboolean text, const guint8 *bytes, gsize length)
{
  BelfryClient *self = belfry_connection_get_user_data (connection);

  self->handler->message (self, text, bytes, length);
}

static void
on_dropped (BelfryConnection *connection, guint32 key)
{
  BelfryClient *self = belfry_connection_get_user_data (connection);

  if (self->handler->dropped != NULL)
    self->handler->dropped (self, key);
}

static void
on_closed (BelfryConnection *connection, guint code, const char *reason)
{
  BelfryClient *self = belfry_connection_get_user_data (connection);

  if (self->handler->closed != NULL)
    self->handler->closed (self, code, reason);
  belfry_worker_forget (self->worker, self);
}

static void
on_describe (BelfryConnection *connection, const char **session, const char **peer)
{
  const BelfryClient *self = belfry_connection_get_user_data (connection);

  *session = self->id;
  *peer = self->peer;
}

const BelfryConnectionHandler belfry_client_connection_handler = {
  .opened = on_opened,
  .message = on_message,
  .dropped = on_dropped,
  .closed = on_closed,
  .describe = on_describe,
};

BelfryClient *
belfry_client_new (BelfryWorker *worker,
                   const BelfryEndpointHandler *handler,
                   const char *peer,
                   GError **error)
{
  gsize peer_size = strlen (peer) + 1;
  BelfryClient *self = g_malloc0 (sizeof (BelfryClient) + peer_size);

  self->worker = worker;
  self->handler = handler;
  memcpy (self->peer, peer, peer_size);
  if (!make_id (self->id))
    {
      belfry_error_set_errno (error, errno, "asking for random bytes");
      g_clear_pointer (&self, belfry_client_free);
    }
  return self;
}

void
belfry_client_free (BelfryClient *self)
{
  g_clear_pointer (&self->connection, belfry_connection_unref);
  g_free (self);
}

void
belfry_client_send (BelfryClient *self, gboolean text, const guint8 *bytes, gsize length)
{
  BelfryOpcode opcode = text ? BELFRY_OPCODE_TEXT : BELFRY_OPCODE_BINARY;
  const BelfryDeflateTerms *terms = belfry_connection_get_deflate (self->connection);
  g_autoptr (GBytes) frame = NULL;

  if (terms != NULL && belfry_deflate_terms_allow (terms, length))
    frame =
        belfry_deflater_frame (belfry_worker_get_deflater (self->worker), opcode, bytes, length);
  if (frame == NULL)
    frame = belfry_frame_new_simple (opcode, bytes, length);
  belfry_connection_send (self->connection, frame, NULL);
}
