/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <sys/types.h>

#include "belfry-config-listen.h"
#include "belfry-handover.h"

G_BEGIN_DECLS

/* How many connections the kernel keeps until we come to accept them: a whole second's of a storm
 * of clients that come back. */
#define BELFRY_LISTEN_BACKLOG 4096

/* Who may connect to a unix socket, apart from what the process's umask takes away: the service's
 * user and group, as for a reverse proxy that is made a member of it. */
#define BELFRY_LISTEN_UNIX_MODE 0660

/**
 * BelfryListenSocket:
 *
 * A descriptor that listens, non-blocking and close-on-exec. Belongs to one thread at a time.
 */
typedef struct
{
  int fd;       /* (owned) */
  guint16 port; /* 0 unless it is TCP */
  gboolean tls;
  gboolean is_unix;
  char *name; /* (owned) (nullable): the address as it was configured, of the first descriptor */
  /*< private >*/
  char *path; /* (owned) (nullable): what to remove in the end, if it is still this file */
  dev_t device;
  ino_t inode;
} BelfryListenSocket;

/**
 * belfry_listen_socket_open:
 * @listen: a TCP address or a unix socket
 * @port: the port that the first worker got, for the others to join it; 0 for the first, which
 *   fails if somebody listens there already
 * @error: names the address
 *
 * Opens what is needed to listen there: one socket, or one for each address that a host's name
 * stands for. TCP sockets are opened with SO_REUSEPORT, for each worker its own; no host is all
 * addresses of both families. A unix socket's file is replaced if it is a socket on which nobody
 * listens. May block to resolve a name: to be called before there is anything to serve.
 *
 * Returns: (transfer full) (element-type BelfryListenSocket) (nullable): the sockets
 */
GPtrArray *
belfry_listen_socket_open (const BelfryConfigListen *listen, guint16 port, GError **error);

/**
 * belfry_listen_socket_adopt:
 * @fd: (transfer full): a stream socket that listens, such as one from the service manager
 *
 * Returns: (transfer full): the socket
 */
BelfryListenSocket *belfry_listen_socket_adopt (int fd, gboolean tls);

/**
 * belfry_listen_socket_share:
 *
 * Returns: (transfer full) (nullable): another descriptor of the same socket, for another worker;
 * the file of a unix socket stays the first one's
 */
BelfryListenSocket *belfry_listen_socket_share (const BelfryListenSocket *self, GError **error);

/* For another image of the program, which keeps the descriptor. */
void belfry_listen_socket_save (const BelfryListenSocket *self, BelfryStateWriter *writer);

/**
 * belfry_listen_socket_restore:
 * @handover: whose descriptor it is
 * @reader: untrusted; fails if it can be no socket's
 *
 * Returns: (transfer full) (nullable): the socket
 */
BelfryListenSocket *belfry_listen_socket_restore (BelfryHandover *handover,
                                                  BelfryStateReader *reader);
void belfry_listen_socket_free (BelfryListenSocket *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryListenSocket, belfry_listen_socket_free)

G_END_DECLS
