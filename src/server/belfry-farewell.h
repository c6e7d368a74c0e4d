/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * belfry_farewell_send:
 * @tls: a connection whose handshake is done and of which no record is half sent
 * @fd: its descriptor, which stays open
 *
 * Tells the peer by a close_notify that nothing was cut off, if that is possible without waiting.
 * Nothing can be written afterwards.
 */
void belfry_farewell_send (GTlsConnection *tls, int fd);

G_END_DECLS
