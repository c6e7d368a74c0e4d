/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-server-sockets"

#include "config.h"

#include "belfry-server-sockets.h"

#include <errno.h>
#include <fcntl.h>

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

static gboolean
open_tcp (const BelfryConfigListen *listen,
          GPtrArray **sockets,
          guint n_workers,
          guint16 *port,
          GError **error)
{
  guint16 taken = 0;

  for (guint i = 0; i < n_workers; i++)
    {
      g_autoptr (GPtrArray) opened = belfry_listen_socket_open (listen, taken, error);

      if (opened == NULL)
        return FALSE;
      taken = ((BelfryListenSocket *) g_ptr_array_index (opened, 0))->port;
      g_ptr_array_extend_and_steal (sockets[i], g_steal_pointer (&opened));
    }
  if (*port == 0)
    *port = taken;
  return TRUE;
}

static gboolean
open_unix (const BelfryConfigListen *listen, GPtrArray **sockets, guint n_workers, GError **error)
{
  g_autoptr (GPtrArray) opened = belfry_listen_socket_open (listen, 0, error);

  if (opened == NULL)
    return FALSE;
  BelfryListenSocket *first = g_ptr_array_index (opened, 0);
  g_ptr_array_extend_and_steal (sockets[0], g_steal_pointer (&opened));
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

GPtrArray **
belfry_server_sockets_open (BelfryConfig *config,
                            GPtrArray *activated,
                            guint n_workers,
                            guint16 *port,
                            GError **error)
{
  const GPtrArray *listens = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);
  GPtrArray **sockets = g_new (GPtrArray *, n_workers);
  gboolean ok = TRUE;

  *port = 0;
  for (guint i = 0; i < n_workers; i++)
    sockets[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_listen_socket_free);
  for (guint i = 0; ok && i < listens->len; i++)
    {
      const BelfryConfigListen *listen = g_ptr_array_index (listens, i);

      if (listen->kind == BELFRY_CONFIG_LISTEN_TCP)
        ok = open_tcp (listen, sockets, n_workers, port, error);
      else if (listen->kind == BELFRY_CONFIG_LISTEN_UNIX)
        ok = open_unix (listen, sockets, n_workers, error);
      else
        ok = adopt_activated (listen, activated, sockets, n_workers, error);
    }
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
