/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-reception"

#include "config.h"

#include "belfry-reception.h"

#include "belfry-close.h"
#include "belfry-error.h"
#include "belfry-event-client.h"
#include "belfry-handover.h"
#include "belfry-speaker.h"

/* Makes clients. No state; each call is on the worker's thread. */

/* The subprotocol that the client chose, or what the endpoint speaks. */
static const BelfryDialect *
choose_dialect (const BelfryWorkerEndpoint *endpoint, const BelfryUpgrade *upgrade)
{
  const BelfryDialect *chosen = NULL;

  if (upgrade->protocol != NULL)
    chosen = belfry_dialect_from_subprotocol (upgrade->protocol);
  return chosen != NULL ? chosen : endpoint->dialect;
}

static gboolean
attach_session (const BelfryReception *self,
                BelfryClient *client,
                const BelfryDialect *dialect,
                BelfryTransport *transport,
                const BelfryUpgrade *upgrade,
                GError **error)
{
  g_autofree char *certificate = belfry_transport_dup_certificate (transport);
  BelfrySessionParams params = {
    .endpoint = upgrade->endpoint->path,
    .peer = client->peer,
    .origin = upgrade->origin,
    .token = upgrade->token,
    .certificate = certificate,
  };

  params.has_peer_credentials =
      belfry_transport_get_credentials (transport, &params.uid, &params.pid);
  if (upgrade->endpoint->is_stream)
    return belfry_event_client_attach (client, self->shard, &params, upgrade, error);
  return belfry_speaker_attach (client, dialect, self->shard, &params, error);
}

/* Whoever speaks no dialect has no session. */
static gboolean
identify (const BelfryReception *self,
          BelfryClient *client,
          const BelfryDialect *dialect,
          BelfryTransport *transport,
          const BelfryUpgrade *upgrade,
          GError **error)
{
  if (dialect == NULL)
    return TRUE;
  if (self->shard != NULL)
    return attach_session (self, client, dialect, transport, upgrade, error);
  g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "there is no core");
  return FALSE;
}

BelfryClient *
belfry_reception_receive (const BelfryReception *self,
                          const BelfryWorkerEndpoint *endpoint,
                          GIOStream *stream,
                          BelfryUpgrade *upgrade,
                          GError **error)
{
  BelfryTransport *transport =
      belfry_transport_new_for_stream (stream, g_steal_fd (&upgrade->fd), error);

  if (transport == NULL)
    return NULL;

  BelfryClient *client =
      belfry_client_new (self->worker, endpoint->handler, upgrade->endpoint->path, upgrade->peer);
  const BelfryDialect *dialect = choose_dialect (endpoint, upgrade);
  const BelfryConnectionParams params = {
    .host = self->host,
    .settings = endpoint->connections,
    .handler = &belfry_client_connection_handler,
    .user_data = client,
    .deflate = upgrade->deflate ? &upgrade->terms : NULL,
    .one_way = endpoint->one_way,
  };

  if (!identify (self, client, dialect, transport, upgrade, error))
    {
      belfry_transport_free (transport);
      belfry_client_free (client);
      return NULL;
    }
  client->connection = belfry_connection_new (&params, transport, error);
  if (client->connection == NULL)
    {
      belfry_client_end (client, BELFRY_CONNECTION_LOST, "it could not be taken over");
      g_clear_pointer (&client, belfry_client_free);
    }
  return client;
}

/* What a client was, as far as it must be known to make one. */
typedef struct
{
  const BelfryWorkerEndpoint *endpoint; /* (unowned) */
  const BelfryDialect *dialect;         /* (unowned) (nullable) */
  const char *path;                     /* (unowned) */
  const char *peer;                     /* (unowned) */
  BelfryAddressUnit unit;
} Former;

static gboolean
read_former (Former *former,
             const BelfryReception *self,
             BelfryReceptionFind find,
             BelfryStateReader *reader,
             GError **error)
{
  *former = (Former){ .path = belfry_state_get_name (reader) };
  former->peer = belfry_state_get_name (reader);
  former->unit.network = belfry_state_get_u64 (reader);
  former->unit.family = belfry_state_get_u32 (reader);
  gboolean speaks = belfry_state_get_u8 (reader) != 0;
  former->dialect = speaks ? belfry_dialect_from_form (belfry_state_get_u32 (reader)) : NULL;
  former->endpoint = find (self->worker, former->path);
  if (!belfry_state_reader_is_good (reader) || speaks != (former->dialect != NULL))
    {
      g_set_error_literal (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                           "what was left of a client cannot be read");
      return FALSE;
    }
  if (former->endpoint != NULL && former->endpoint->one_way == NULL &&
      speaks == (former->endpoint->dialect != NULL) && (!speaks || self->shard != NULL))
    return TRUE;
  g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_NOT_FOUND, "the endpoint %s was taken away",
               former->path);
  return FALSE;
}

static BelfryClient *
make_again (const BelfryReception *self,
            const Former *former,
            BelfryStateReader *reader,
            GError **error)
{
  BelfryClient *client =
      belfry_client_new (self->worker, former->endpoint->handler, former->path, former->peer);
  const BelfrySessionParams params = { .endpoint = former->path, .peer = client->peer };

  client->unit = former->unit;
  if (former->dialect == NULL ||
      belfry_speaker_resume (client, former->dialect, self->shard, &params, reader, error))
    return client;
  belfry_client_free (client);
  return NULL;
}

/* One of which nothing more can be read is here all the same, and goes as others do. */
static gboolean
connect_again (const BelfryReception *self,
               const Former *former,
               BelfryClient *client,
               int fd,
               BelfryStateReader *reader,
               GError **error)
{
  const BelfryConnectionParams params = {
    .host = self->host,
    .settings = former->endpoint->connections,
    .handler = &belfry_client_connection_handler,
    .user_data = client,
  };

  client->connection = belfry_connection_restore (&params, fd, reader, error);
  if (client->connection == NULL)
    {
      belfry_client_end (client, BELFRY_CONNECTION_LOST, "it could not be taken over");
      belfry_client_free (client);
      return FALSE;
    }
  if (!belfry_state_reader_is_at_end (reader))
    belfry_connection_close (client->connection, BELFRY_CLOSE_RESTART, "restarting");
  return TRUE;
}

BelfryClient *
belfry_reception_resume (const BelfryReception *self,
                         BelfryReceptionFind find,
                         int fd,
                         BelfryStateReader *reader,
                         GError **error)
{
  BelfryClient *client = NULL;
  Former former;

  if (read_former (&former, self, find, reader, error))
    client = make_again (self, &former, reader, error);
  if (client == NULL)
    {
      belfry_handover_close (fd);
      return NULL;
    }
  return connect_again (self, &former, client, fd, reader, error) ? client : NULL;
}
