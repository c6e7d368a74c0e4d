/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-relay"

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "belfry-config-load.h"
#include "belfry-echo.h"
#include "belfry-frame.h"
#include "belfry-log-sink.h"
#include "belfry-server.h"
#include "belfry-worker.h"

/* The server alone, doing what the yardstick does: what comes on /publish goes to everybody else on
 * the same worker, as one shared frame, or two, if some of them can read compressed ones; /echo
 * answers. /publish-each is for comparison: it compresses a message for everybody anew. Everything
 * that is measured is the server's; topics and rules are not in it. */

#define CONFIG                                                                                     \
  "[server]\nlisten=127.0.0.1:0\nworkers=%s\nmax-connections=20000\n"                              \
  "[websocket]\nmax-messages-per-second=0\ncompression=yes\n"                                      \
  "ping-interval=%s\nping-timeout=%s\n"                                                            \
  "[endpoint /publish-each]\ndialect=socket.io\n"                                                  \
  "[endpoint /publish]\ndialect=typed\n[endpoint /]\ndialect=action\n[endpoint /ws]\nenabled=no\n" \
  "[endpoint /echo]\ndialect=echo\n"

/* Ends by itself if the bench that started it does not end it. */
#define LIFETIME 300

/* How far ahead of a delivery its connection is fetched from memory. */
#define AHEAD 4

/* Who listens, on the one worker; a session's data is its place in it, plus one. */
static GPtrArray *
get_listeners (void)
{
  static GPrivate listeners = G_PRIVATE_INIT ((GDestroyNotify) g_ptr_array_unref);

  if (g_private_get (&listeners) == NULL)
    g_private_set (&listeners, g_ptr_array_new ());
  return g_private_get (&listeners);
}

static void
on_listener_opened (BelfryClient *session)
{
  GPtrArray *listeners = get_listeners ();

  g_ptr_array_add (listeners, session->connection);
  session->data = GUINT_TO_POINTER (listeners->len);
}

static void
on_listener_message (BelfryClient *session, gboolean text, const guint8 *bytes, gsize length)
{
}

static void
on_listener_closed (BelfryClient *session, guint code, const char *reason)
{
  GPtrArray *listeners = get_listeners ();
  guint place = GPOINTER_TO_UINT (session->data);

  if (place == 0)
    return;
  g_ptr_array_remove_index_fast (listeners, place - 1);
  if (place <= listeners->len)
    {
      BelfryClient *moved =
          belfry_connection_get_user_data (g_ptr_array_index (listeners, place - 1));

      moved->data = session->data;
    }
}

static const BelfryEndpointHandler listener_handler = {
  .opened = on_listener_opened,
  .message = on_listener_message,
  .closed = on_listener_closed,
};

/* The frames of one message, made when the first needs them. */
typedef struct
{
  const guint8 *bytes; /* (unowned) */
  gsize length;
  GBytes *plain;      /* (owned) (nullable) */
  GBytes *compressed; /* (owned) (nullable) */
} Message;

static GBytes *
get_frame (Message *message, BelfryWorker *worker, const BelfryConnection *connection)
{
  const BelfryDeflateTerms *terms = belfry_connection_get_deflate (connection);

  if (terms != NULL && belfry_deflate_terms_allow (terms, message->length))
    {
      if (message->compressed == NULL)
        message->compressed =
            belfry_deflater_frame (belfry_worker_get_deflater (worker), BELFRY_OPCODE_TEXT,
                                   message->bytes, message->length);
      if (message->compressed != NULL)
        return message->compressed;
    }
  if (message->plain == NULL)
    message->plain = belfry_frame_new_simple (BELFRY_OPCODE_TEXT, message->bytes, message->length);
  return message->plain;
}

static void
message_forget_frames (Message *message)
{
  g_clear_pointer (&message->plain, g_bytes_unref);
  g_clear_pointer (&message->compressed, g_bytes_unref);
}

static void
publish (BelfryClient *session, const guint8 *bytes, gsize length, gboolean each)
{
  Message message = { .bytes = bytes, .length = length };
  GPtrArray *listeners = get_listeners ();

  for (guint i = 0; i < listeners->len; i++)
    {
      BelfryConnection *listener = g_ptr_array_index (listeners, i);

      if (i + AHEAD < listeners->len)
        belfry_connection_expect_send (g_ptr_array_index (listeners, i + AHEAD));
      belfry_connection_send (listener, get_frame (&message, session->worker, listener), NULL);
      if (each)
        message_forget_frames (&message);
    }
  message_forget_frames (&message);
}

static void
on_published (BelfryClient *session, gboolean text, const guint8 *bytes, gsize length)
{
  publish (session, bytes, length, FALSE);
}

static void
on_published_each (BelfryClient *session, gboolean text, const guint8 *bytes, gsize length)
{
  publish (session, bytes, length, TRUE);
}

static const BelfryEndpointHandler publisher_handler = { .message = on_published };
static const BelfryEndpointHandler each_publisher_handler = { .message = on_published_each };

static const BelfryEndpointHandler *const handlers[BELFRY_CONFIG_N_DIALECTS] = {
  [BELFRY_CONFIG_DIALECT_ACTION] = &listener_handler,
  [BELFRY_CONFIG_DIALECT_TYPED] = &publisher_handler,
  [BELFRY_CONFIG_DIALECT_SOCKET_IO] = &each_publisher_handler,
  [BELFRY_CONFIG_DIALECT_ECHO] = &belfry_echo_handler,
};

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!belfry_part_start_finish (BELFRY_PART (source), result, &error))
    g_error ("could not start: %s", error->message);
  g_print ("listening on 127.0.0.1:%u\n", belfry_server_get_port (BELFRY_SERVER (source)));
}

int
main (int argc, char *argv[])
{
  g_autoptr (BelfryConfigProblems) problems = belfry_config_problems_new ();
  const char *workers = argc > 1 ? argv[1] : "1";
  const char *ping = argc > 2 ? argv[2] : "30s";
  g_autofree char *text = g_strdup_printf (CONFIG, workers, ping, ping);
  g_autoptr (BelfryConfig) config =
      belfry_config_load_text (text, strlen (text), "relay", problems);
  g_autoptr (BelfryClock) clock = belfry_system_clock_new ();
  g_autoptr (GPtrArray) activated = g_ptr_array_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (BelfryServer) server = belfry_server_new (clock, activated, handlers);

  alarm (LIFETIME);
  belfry_log_sink_install (belfry_log_sink_new (STDERR_FILENO));
  if (config == NULL)
    g_error ("usage: relay [WORKERS [PING-INTERVAL]]");
  belfry_part_start_async (BELFRY_PART (server), config, NULL, on_started, NULL);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
