/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-reception"

#include "config.h"

#include "belfry-reception.h"

#include "belfry-error.h"
#include "belfry-event-client.h"
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

  BelfryClient *client = belfry_client_new (self->worker, endpoint->handler, upgrade->peer);
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
