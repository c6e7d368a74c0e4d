/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * belfry_daemon_run:
 * @argv: (array zero-terminated=1): the command line, program first
 *
 * The whole program: reads the command line and the configuration, builds the service, runs it
 * until it is told to stop.
 *
 * Returns: the exit status
 */
int belfry_daemon_run (const char *const *argv);

G_END_DECLS
