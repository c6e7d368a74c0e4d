/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryTestNotify:
 *
 * A service manager's notification socket. It reads on a thread of its own, so that nothing is lost
 * while the test is busy, and keeps every message. The sender may be this process or another.
 */
typedef struct _BelfryTestNotify BelfryTestNotify;

/**
 * belfry_test_notify_new:
 *
 * Returns: (transfer full): a socket at a path of its own
 */
BelfryTestNotify *belfry_test_notify_new (void);

/**
 * belfry_test_notify_new_abstract:
 *
 * Returns: (transfer full): a socket with an abstract name of its own
 */
BelfryTestNotify *belfry_test_notify_new_abstract (void);
void belfry_test_notify_free (BelfryTestNotify *self);

/**
 * belfry_test_notify_get_address:
 *
 * Returns: (transfer none): what `NOTIFY_SOCKET` is to be
 */
const char *belfry_test_notify_get_address (const BelfryTestNotify *self);

/**
 * belfry_test_notify_wait:
 * @line: a whole line, such as `READY=1`
 *
 * Runs the thread's default main context until a message with @line has come since the one that the
 * last wait returned; fails the program when that takes too long.
 *
 * Returns: (transfer full): the whole message
 */
char *belfry_test_notify_wait (BelfryTestNotify *self, const char *line);

/**
 * belfry_test_notify_count:
 *
 * Returns: how many messages with @line have come
 */
guint belfry_test_notify_count (BelfryTestNotify *self, const char *line);

/**
 * belfry_test_notify_get_messages:
 *
 * Returns: (transfer full): all messages that have come, in their order
 */
char **belfry_test_notify_get_messages (BelfryTestNotify *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestNotify, belfry_test_notify_free)

G_END_DECLS
