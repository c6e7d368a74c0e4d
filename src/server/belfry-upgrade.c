/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-upgrade"

#include "config.h"

#include "belfry-upgrade.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "belfry-refusal.h"
#include "belfry-event-client.h"
#include "belfry-secret.h"

/* The opening handshake of RFC 6455. The checks that the library makes as well are made here first,
 * because it answers all of them with 400. Nothing here keeps a token but the upgrade. */

/* Not among the statuses that the library has names for. */
#define UPGRADE_REQUIRED 426

#define VERSION "13"
#define KEY_LENGTH 16
#define MAX_PROTOCOLS 16
#define AUTHORIZATION_BEARER "Bearer "

static const char *
get_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (message), name);
}

static void
add_answer (SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), name, value);
}

static gboolean
has_word (const char *header, const char *word)
{
  return header != NULL && soup_header_contains (header, word);
}

static gboolean
is_key (const char *key)
{
  gsize length = 0;

  if (key == NULL || strlen (key) != 24)
    return FALSE;
  g_autofree guchar *bytes = g_base64_decode (key, &length);
  return bytes != NULL && length == KEY_LENGTH;
}

static void
ask_for_upgrade (SoupServerMessage *message)
{
  add_answer (message, "Upgrade", "websocket");
  add_answer (message, "Connection", "Upgrade");
  add_answer (message, "Sec-WebSocket-Version", VERSION);
}

static gboolean
has_body (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  return soup_message_headers_get_content_length (headers) > 0 ||
         soup_message_headers_get_one (headers, "Transfer-Encoding") != NULL;
}

/* Returns: 101, or the status that says what is wrong */
static guint
check_request (SoupServerMessage *message, const BelfryOrigins *origins)
{
  if (strcmp (soup_server_message_get_method (message), "GET") != 0)
    {
      add_answer (message, "Allow", "GET");
      return SOUP_STATUS_METHOD_NOT_ALLOWED;
    }
  if (!has_word (get_header (message, "Upgrade"), "websocket") ||
      soup_server_message_get_http_version (message) != SOUP_HTTP_1_1)
    {
      ask_for_upgrade (message);
      return UPGRADE_REQUIRED;
    }
  if (g_strcmp0 (get_header (message, "Sec-WebSocket-Version"), VERSION) != 0)
    {
      ask_for_upgrade (message);
      return get_header (message, "Sec-WebSocket-Version") != NULL ? UPGRADE_REQUIRED
                                                                   : SOUP_STATUS_BAD_REQUEST;
    }
  if (!has_word (get_header (message, "Connection"), "Upgrade") ||
      !is_key (get_header (message, "Sec-WebSocket-Key")) || has_body (message))
    return SOUP_STATUS_BAD_REQUEST;
  if (!belfry_origins_allow (origins, get_header (message, "Origin"), get_header (message, "Host")))
    return SOUP_STATUS_FORBIDDEN;
  return SOUP_STATUS_SWITCHING_PROTOCOLS;
}

static void
take_token (BelfryUpgrade *upgrade, const char *token)
{
  if (upgrade->token == NULL && token != NULL && *token != '\0')
    upgrade->token = g_strdup (token);
}

/* The first that the client names and the endpoint knows. */
static void
choose_protocol (BelfryUpgrade *upgrade, const char *offered)
{
  g_auto (GStrv) words = g_strsplit (offered, ",", MAX_PROTOCOLS + 1);

  for (guint i = 0; i < MAX_PROTOCOLS && words[i] != NULL; i++)
    {
      const char *word = g_strstrip (words[i]);

      if (g_str_has_prefix (word, BELFRY_UPGRADE_BEARER))
        {
          take_token (upgrade, word + strlen (BELFRY_UPGRADE_BEARER));
          belfry_secret_wipe_text (words[i]);
          continue;
        }
      for (guint j = 0; upgrade->protocol == NULL && upgrade->endpoint->protocols[j] != NULL; j++)
        {
          if (strcmp (word, upgrade->endpoint->protocols[j]) == 0)
            upgrade->protocol = upgrade->endpoint->protocols[j];
        }
    }
}

static void
find_token (BelfryUpgrade *upgrade, SoupServerMessage *message, GHashTable *query)
{
  const char *authorization = get_header (message, "Authorization");

  if (authorization != NULL &&
      g_ascii_strncasecmp (authorization, AUTHORIZATION_BEARER, strlen (AUTHORIZATION_BEARER)) == 0)
    take_token (upgrade, authorization + strlen (AUTHORIZATION_BEARER));
  if (query != NULL)
    take_token (upgrade, g_hash_table_lookup (query, "token"));
}

/* Returns: whether the offer can be read */
static gboolean
negotiate_deflate (BelfryUpgrade *upgrade, SoupServerMessage *message)
{
  const char *offered = get_header (message, "Sec-WebSocket-Extensions");

  if (offered == NULL || !upgrade->endpoint->compression)
    return TRUE;
  switch (belfry_extensions_negotiate (offered, strlen (offered), &upgrade->terms))
    {
    case BELFRY_EXTENSIONS_DEFLATE:
      upgrade->deflate = TRUE;
      return TRUE;
    case BELFRY_EXTENSIONS_MALFORMED:
      return FALSE;
    case BELFRY_EXTENSIONS_DECLINED:
    default:
      return TRUE;
    }
}

/* Returns: whether there is a descriptor, if one is needed */
static gboolean
reserve_fd (BelfryUpgrade *upgrade, SoupServerMessage *message, int fd)
{
  if (fd < 0)
    return TRUE;
  upgrade->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (upgrade->fd < 0)
    add_answer (message, "Retry-After", BELFRY_REFUSAL_RETRY_AFTER);
  return upgrade->fd >= 0;
}

static gboolean
shake_hands (SoupServerMessage *message, BelfryUpgrade *upgrade)
{
  const char *protocols[] = { upgrade->protocol, NULL };

  soup_message_headers_clear (soup_server_message_get_response_headers (message));
  if (!soup_websocket_server_process_handshake (message, NULL,
                                                upgrade->protocol != NULL ? (char **) protocols
                                                                          : NULL,
                                                NULL, NULL))
    return FALSE;
  if (upgrade->deflate)
    {
      g_autofree char *accepted = belfry_deflate_terms_to_header (&upgrade->terms);

      add_answer (message, "Sec-WebSocket-Extensions", accepted);
    }
  return TRUE;
}

void
belfry_upgrade_clear (BelfryUpgrade *self)
{
  g_clear_pointer (&self->peer, g_free);
  g_clear_pointer (&self->origin, g_free);
  g_clear_pointer (&self->token, belfry_secret_text_free);
  g_clear_pointer (&self->topics, g_strfreev);
  g_clear_pointer (&self->last_event_id, g_free);
  if (self->fd >= 0)
    close (g_steal_fd (&self->fd));
}

gboolean
belfry_upgrade_prepare (SoupServerMessage *message,
                        GHashTable *query,
                        const BelfryEndpoint *endpoint,
                        const BelfryOrigins *origins,
                        int fd,
                        BelfryUpgrade *upgrade)
{
  guint status = check_request (message, origins);
  const char *offered = get_header (message, "Sec-WebSocket-Protocol");

  *upgrade = (BelfryUpgrade){ .endpoint = endpoint, .fd = -1 };
  if (status == SOUP_STATUS_SWITCHING_PROTOCOLS && !negotiate_deflate (upgrade, message))
    status = SOUP_STATUS_BAD_REQUEST;
  if (status == SOUP_STATUS_SWITCHING_PROTOCOLS && !reserve_fd (upgrade, message, fd))
    status = SOUP_STATUS_SERVICE_UNAVAILABLE;
  if (status != SOUP_STATUS_SWITCHING_PROTOCOLS)
    {
      soup_server_message_set_status (message, status,
                                      status == UPGRADE_REQUIRED ? "Upgrade Required" : NULL);
      return FALSE;
    }
  if (offered != NULL)
    choose_protocol (upgrade, offered);
  find_token (upgrade, message, query);
  upgrade->origin = g_strdup (get_header (message, "Origin"));
  return shake_hands (message, upgrade);
}

gboolean
belfry_upgrade_prepare_stream (SoupServerMessage *message,
                               GHashTable *query,
                               const BelfryEndpoint *endpoint,
                               int fd,
                               BelfryUpgrade *upgrade)
{
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);

  *upgrade = (BelfryUpgrade){ .endpoint = endpoint, .fd = -1 };
  upgrade->topics =
      belfry_event_client_parse_topics (g_uri_get_query (soup_server_message_get_uri (message)));
  if (upgrade->topics == NULL)
    {
      soup_server_message_set_status (message, SOUP_STATUS_BAD_REQUEST, NULL);
      return FALSE;
    }
  if (!reserve_fd (upgrade, message, fd))
    {
      soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
      return FALSE;
    }
  find_token (upgrade, message, query);
  upgrade->origin = g_strdup (get_header (message, "Origin"));
  upgrade->last_event_id = g_strdup (get_header (message, "Last-Event-ID"));
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (answer, "text/event-stream", NULL);
  soup_message_headers_set_encoding (answer, SOUP_ENCODING_EOF);
  add_answer (message, "X-Accel-Buffering", "no");
  return TRUE;
}
