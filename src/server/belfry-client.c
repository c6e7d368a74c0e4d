/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-client"

#include "config.h"

#include "belfry-client.h"

#include <string.h>

#include "belfry-frame.h"
#include "belfry-hash.h"
#include "belfry-worker.h"

/* A pattern. */
#define EVERY_TOPIC ">"

/* The worker's side of a connection. Made by the worker, which has it in its list until the
 * connection says that it is closed. */

void
belfry_client_end (BelfryClient *self, guint code, const char *reason)
{
  BelfrySession *session = g_steal_pointer (&self->session);

  if (session != NULL)
    belfry_session_free (session, code, reason);
  if (self->handler->closed != NULL)
    self->handler->closed (self, code, reason);
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

  if (self->session != NULL)
    belfry_session_dropped (self->session, key);
}

static void
on_closed (BelfryConnection *connection, guint code, const char *reason)
{
  BelfryClient *self = belfry_connection_get_user_data (connection);

  belfry_client_end (self, code, reason);
  belfry_worker_forget (self->worker, self);
}

static void
on_describe (BelfryConnection *connection, BelfryLogContext *context)
{
  const BelfryClient *self = belfry_connection_get_user_data (connection);

  context->fields[0] = (BelfryLogField){ "PEER", self->peer };
  if (self->session == NULL)
    return;
  belfry_session_describe (self->session, context);
  context->fields[BELFRY_SESSION_N_FIELDS] = (BelfryLogField){ "PEER", self->peer };
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
                   const char *path,
                   const char *peer)
{
  gsize peer_size = strlen (peer) + 1;
  BelfryClient *self = g_malloc0 (sizeof (BelfryClient) + peer_size);

  self->worker = worker;
  self->handler = handler;
  self->path = g_intern_string (path);
  memcpy (self->peer, peer, peer_size);
  return self;
}

void
belfry_client_free (BelfryClient *self)
{
  g_clear_pointer (&self->connection, belfry_connection_unref);
  g_free (self);
}

gboolean
belfry_client_attach (BelfryClient *self,
                      const BelfrySessionSink *sink,
                      const char *dialect,
                      BelfryShard *shard,
                      const BelfrySessionParams *params,
                      GError **error)
{
  BelfrySessionParams whole = *params;

  whole.sink = sink;
  whole.client = self;
  whole.dialect = dialect;
  self->session = belfry_session_new (shard, &whole, error);
  return self->session != NULL;
}

void
belfry_client_authenticated (gpointer client)
{
  belfry_connection_authenticated (((BelfryClient *) client)->connection);
}

void
belfry_client_unauthenticated (gpointer client)
{
  belfry_connection_unauthenticated (((BelfryClient *) client)->connection);
}

void
belfry_client_close (gpointer client, guint code, const char *reason)
{
  belfry_connection_close (((BelfryClient *) client)->connection, code, reason);
}

gsize
belfry_client_get_queued (gpointer client)
{
  return belfry_connection_get_held (((BelfryClient *) client)->connection);
}

/* Whoever speaks no dialect has no session, and one without a session speaks none. */
gboolean
belfry_client_save (BelfryClient *self, BelfryStateWriter *writer)
{
  const BelfrySession *session = self->session;

  if ((session != NULL) != (self->dialect != NULL))
    return FALSE;
  belfry_state_put_text (writer, self->path);
  belfry_state_put_text (writer, self->peer);
  belfry_state_put_u64 (writer, self->unit.network);
  belfry_state_put_u32 (writer, self->unit.family);
  belfry_state_put_u8 (writer, session != NULL);
  if (session != NULL)
    {
      belfry_state_put_u32 (writer, self->dialect->form);
      if (!belfry_session_save (session, writer))
        return FALSE;
    }
  belfry_connection_save (self->connection, writer);
  return TRUE;
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

static BelfrySendResult
send_gap (BelfryClient *self, const BelfryEvent *gap, BelfryClientGapFunc make)
{
  const BelfrySendOptions notice = { BELFRY_SEND_NOTICE, belfry_hash_text (gap->topic) };
  g_autoptr (GBytes) frame = make (self, gap);

  return belfry_connection_send (self->connection, frame, &notice);
}

void
belfry_client_tell_gap (BelfryClient *self, const BelfryEvent *gap, BelfryClientGapFunc make)
{
  BelfryEvent all = *gap;

  if (send_gap (self, gap, make) != BELFRY_SEND_CROWDED)
    return;
  all.topic = EVERY_TOPIC;
  belfry_connection_drop_notices (self->connection);
  send_gap (self, &all, make);
}
