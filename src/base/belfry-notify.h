/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryNotify:
 *
 * What we tell the service manager, by its notification protocol. Without a manager that listens,
 * nothing happens. Telling never blocks and never fails the program: of all that goes wrong only
 * the first is logged, and the senders return %FALSE. One thread, the one that made it.
 */
typedef struct _BelfryNotify BelfryNotify;

/**
 * BelfryNotifyField:
 *
 * An assignment: a name of capital letters, digits and underscores, and any text.
 */
typedef struct
{
  const char *name;  /* (unowned) */
  const char *value; /* (unowned) (nullable): %NULL leaves the assignment out */
} BelfryNotifyField;

/**
 * belfry_notify_new_from_environment:
 *
 * Reads where to send to and how often the watchdog wants to be fed, and removes that from the
 * environment, so that no child speaks in our name. To be called before there are threads.
 *
 * Returns: (transfer full): never %NULL
 */
BelfryNotify *belfry_notify_new_from_environment (void);
void belfry_notify_free (BelfryNotify *self);

/**
 * belfry_notify_send:
 * @fields: (array length=n_fields): the assignments, sent in one message
 *
 * Whatever is in a value, it stays one line: control characters, and what is not UTF-8, are
 * escaped, and it is cut when it is long.
 *
 * Returns: whether the message was handed over
 */
gboolean belfry_notify_send (BelfryNotify *self, const BelfryNotifyField *fields, gsize n_fields);

/* In all of these a status is a line for people, or %NULL to leave what is shown as it is. */

gboolean belfry_notify_ready (BelfryNotify *self, const char *status);
gboolean belfry_notify_reloading (BelfryNotify *self, const char *status);
gboolean belfry_notify_stopping (BelfryNotify *self, const char *status);
gboolean belfry_notify_status (BelfryNotify *self, const char *status);

/**
 * belfry_notify_watchdog:
 *
 * Feeds the watchdog.
 */
gboolean belfry_notify_watchdog (BelfryNotify *self);

/**
 * belfry_notify_extend_timeout:
 * @usec: how many microseconds from now the present start, reload or stop may still take
 */
gboolean belfry_notify_extend_timeout (BelfryNotify *self, guint64 usec);

/**
 * belfry_notify_error_status:
 * @status: (nullable): what went wrong
 * @errnum: a value of `errno`, or 0 to say nothing of it
 * @exit_status: the exit status that will follow, or 0 to say nothing of it
 *
 * Tells why we are about to end.
 */
gboolean
belfry_notify_error_status (BelfryNotify *self, const char *status, int errnum, int exit_status);

/**
 * belfry_notify_watchdog_interval:
 *
 * Returns: within how many microseconds the watchdog must be fed again, each time; 0 if there is
 * none
 */
gint64 belfry_notify_watchdog_interval (const BelfryNotify *self);

/**
 * belfry_notify_pass_on:
 * @environment: (transfer full): of a program that will take the place of this one
 *
 * Gives back what belfry_notify_new_from_environment() took.
 *
 * Returns: (transfer full): the environment with it
 */
char **belfry_notify_pass_on (const BelfryNotify *self, char **environment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryNotify, belfry_notify_free)

G_END_DECLS
