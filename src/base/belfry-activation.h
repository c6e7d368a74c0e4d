/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More than a unit has use for: beyond it, the number is a mistake. */
#define BELFRY_ACTIVATION_MAX 64

/* The first descriptor that a service manager passes. */
#define BELFRY_ACTIVATION_FIRST_FD 3

/* What a descriptor is called that nobody named. */
#define BELFRY_ACTIVATION_UNKNOWN "unknown"

/**
 * BelfryActivationSocket:
 *
 * A listening stream socket that the service manager opened for us: close-on-exec, non-blocking.
 */
typedef struct
{
  int fd;     /* (owned): -1 once somebody took it */
  char *name; /* (owned) */
} BelfryActivationSocket;

void belfry_activation_socket_free (BelfryActivationSocket *self);

/**
 * belfry_activation_take:
 * @first_fd: %BELFRY_ACTIVATION_FIRST_FD; another only in tests
 *
 * Takes over the sockets that the environment promises to this process, and removes the promise, so
 * that no child believes it. To be called once, before there are threads and before anything else
 * is opened.
 *
 * Nothing of the promise is believed unseen. A descriptor that is not a listening stream socket is
 * left out, with a warning, and left alone: it may be another's. Names that do not match the
 * descriptors in number are not used at all, since it is open which of them is whose.
 *
 * Returns: (transfer full) (element-type BelfryActivationSocket): the sockets, in their order;
 * often none
 */
GPtrArray *belfry_activation_take (int first_fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryActivationSocket, belfry_activation_socket_free)

G_END_DECLS
