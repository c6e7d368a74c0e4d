/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryExit:
 *
 * The exit statuses of every program of the project: those of `<sysexits.h>`. This list and the
 * table in `belfry-exit.c` are the only places that name them; the man pages are compared with the
 * table.
 */
typedef enum
{
  BELFRY_EXIT_OK = 0,
  BELFRY_EXIT_USAGE = 64,
  BELFRY_EXIT_DATA = 65,
  BELFRY_EXIT_NO_INPUT = 66,
  BELFRY_EXIT_UNAVAILABLE = 69,
  BELFRY_EXIT_SOFTWARE = 70,
  BELFRY_EXIT_SYSTEM = 71,
  BELFRY_EXIT_TRY_AGAIN = 75,
  BELFRY_EXIT_PROTOCOL = 76,
  BELFRY_EXIT_NO_PERMISSION = 77,
  BELFRY_EXIT_CONFIG = 78,
} BelfryExit;

typedef struct
{
  BelfryExit status;
  const char *name;    /* (unowned): as in <sysexits.h> */
  const char *meaning; /* (unowned) */
} BelfryExitInfo;

/**
 * belfry_exit_list:
 * @n: (out): how many there are
 *
 * Returns: (array length=n) (transfer none): all exit statuses, in ascending order
 */
const BelfryExitInfo *belfry_exit_list (gsize *n);

G_END_DECLS
