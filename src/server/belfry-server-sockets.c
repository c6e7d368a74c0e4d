/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-server-sockets"

#include "config.h"

#include "belfry-server-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "belfry-activation.h"
#include "belfry-error.h"

/* From the `listen` setting to the sockets of each worker; on the main thread, at the start. */

static gboolean
share_with_others (BelfryListenSocket *first, GPtrArray **sockets, guint n_workers, GError **error)
{
  for (guint i = 1; i < n_workers; i++)
    {
      BelfryListenSocket *shared = belfry_listen_socket_share (first, error);

      if (shared == NULL)
        return FALSE;
      g_ptr_array_add (sockets[i], shared);
    }
  return TRUE;
}

/* Returns: (transfer full) (element-type BelfryListenSocket): those that were opened for an
 * address, by the image before */
static GPtrArray *
take_kept (GPtrArray *kept, const BelfryConfigListen *listen)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_listen_socket_free);
  g_autofree char *name = belfry_config_listen_to_string (listen);

  for (guint i = 0; kept != NULL && i < kept->len;)
    {
      const BelfryListenSocket *socket = g_ptr_array_index (kept, i);

      if (strcmp (socket->name, name) == 0)
        g_ptr_array_add (taken, g_ptr_array_steal_index (kept, i));
      else
        i++;
    }
  return taken;
}

/* Those that there are already go round; who gets none opens one more beside them. */
static gboolean
open_tcp (const BelfryConfigListen *listen,
          GPtrArray *taken,
          GPtrArray **sockets,
          guint n_workers,
          guint16 *port,
          GError **error)
{
  guint n_taken = taken->len;
  guint16 joined = n_taken > 0 ? ((BelfryListenSocket *) g_ptr_array_index (taken, 0))->port : 0;

  for (guint i = 0; i < n_taken; i++)
    g_ptr_array_add (sockets[i % n_workers], g_ptr_array_steal_index (taken, 0));
  for (guint i = n_taken; i < n_workers; i++)
    {
      g_autoptr (GPtrArray) opened = belfry_listen_socket_open (listen, joined, error);

      if (opened == NULL)
        return FALSE;
      joined = ((BelfryListenSocket *) g_ptr_array_index (opened, 0))->port;
      g_ptr_array_extend_and_steal (sockets[i], g_steal_pointer (&opened));
    }
  if (*port == 0)
    *port = joined;
  return TRUE;
}

static gboolean
open_unix (const BelfryConfigListen *listen,
           GPtrArray *taken,
           GPtrArray **sockets,
           guint n_workers,
           GError **error)
{
  g_autoptr (GPtrArray) opened =
      taken->len > 0 ? g_ptr_array_ref (taken) : belfry_listen_socket_open (listen, 0, error);

  if (opened == NULL)
    return FALSE;
  BelfryListenSocket *first = g_ptr_array_steal_index (opened, 0);
  g_ptr_array_add (sockets[0], first);
  return share_with_others (first, sockets, n_workers, error);
}

static gboolean
adopt (int fd, gboolean tls, GPtrArray **sockets, guint n_workers, GError **error)
{
  int own = fcntl (fd, F_DUPFD_CLOEXEC, 0);

  if (own < 0)
    {
      belfry_error_set_errno (error, errno, "taking over a socket of the service manager");
      return FALSE;
    }
  BelfryListenSocket *first = belfry_listen_socket_adopt (own, tls);
  g_ptr_array_add (sockets[0], first);
  return share_with_others (first, sockets, n_workers, error);
}

static gboolean
adopt_activated (const BelfryConfigListen *listen,
                 GPtrArray *activated,
                 GPtrArray **sockets,
                 guint n_workers,
                 GError **error)
{
  for (guint i = 0; i < activated->len; i++)
    {
      const BelfryActivationSocket *socket = g_ptr_array_index (activated, i);

      if (listen->name != NULL && !g_str_equal (listen->name, socket->name))
        continue;
      if (!adopt (socket->fd, listen->tls, sockets, n_workers, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
open_one (const BelfryConfigListen *listen,
          GPtrArray *activated,
          GPtrArray *taken,
          GPtrArray **sockets,
          guint n_workers,
          guint16 *port,
          GError **error)
{
  if (listen->kind == BELFRY_CONFIG_LISTEN_TCP)
    return open_tcp (listen, taken, sockets, n_workers, port, error);
  if (listen->kind == BELFRY_CONFIG_LISTEN_UNIX)
    return open_unix (listen, taken, sockets, n_workers, error);
  return adopt_activated (listen, activated, sockets, n_workers, error);
}

/* What is not wanted any more is closed before anything is opened, for it may be in the way. */
GPtrArray **
belfry_server_sockets_open (BelfryConfig *config,
                            GPtrArray *activated,
                            GPtrArray *kept,
                            guint n_workers,
                            guint16 *port,
                            GError **error)
{
  const GPtrArray *listens = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  GPtrArray **sockets = g_new (GPtrArray *, n_workers);
  gboolean ok = TRUE;

  *port = 0;
  for (guint i = 0; i < n_workers; i++)
    sockets[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_listen_socket_free);
  for (guint i = 0; i < listens->len; i++)
    g_ptr_array_add (taken, take_kept (kept, g_ptr_array_index (listens, i)));
  if (kept != NULL)
    g_ptr_array_set_size (kept, 0);
  for (guint i = 0; ok && i < listens->len; i++)
    ok = open_one (g_ptr_array_index (listens, i), activated, g_ptr_array_index (taken, i), sockets,
                   n_workers, port, error);
  if (!ok)
    belfry_server_sockets_free (g_steal_pointer (&sockets), n_workers);
  return sockets;
}

void
belfry_server_sockets_free (GPtrArray **sockets, guint n_workers)
{
  for (guint i = 0; i < n_workers; i++)
    g_clear_pointer (&sockets[i], g_ptr_array_unref);
  g_free (sockets);
}
