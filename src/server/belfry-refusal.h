/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Seconds after which one who was turned away for want of room is asked to come again. */
#define BELFRY_REFUSAL_RETRY_AFTER "5"

/**
 * belfry_refusal_get:
 * @status: an HTTP status that is answered without a library
 *
 * Returns: (transfer none): the whole answer, which ends the connection; that of 400 for a status
 * that has none
 */
const char *belfry_refusal_get (guint status);

/**
 * belfry_refusal_send:
 * @fd: a connection that is to be closed next
 *
 * Sends the answer as far as that is possible without waiting, and takes in what has come, for what
 * is unread when a connection is closed destroys the answer on its way.
 */
void belfry_refusal_send (int fd, guint status);

G_END_DECLS
