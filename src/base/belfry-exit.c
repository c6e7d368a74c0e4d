/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-exit"

#include "config.h"

#include "belfry-exit.h"

#include <sysexits.h>

G_STATIC_ASSERT (BELFRY_EXIT_OK == EX_OK && BELFRY_EXIT_USAGE == EX_USAGE);
G_STATIC_ASSERT (BELFRY_EXIT_CONFIG == EX_CONFIG && BELFRY_EXIT_NO_PERMISSION == EX_NOPERM);

static const BelfryExitInfo exits[] = {
  { BELFRY_EXIT_OK, "EX_OK", "all went well" },
  { BELFRY_EXIT_USAGE, "EX_USAGE", "the command line is wrong" },
  { BELFRY_EXIT_DATA, "EX_DATAERR", "the data given is wrong" },
  { BELFRY_EXIT_NO_INPUT, "EX_NOINPUT", "a named file or object is not there" },
  { BELFRY_EXIT_UNAVAILABLE, "EX_UNAVAILABLE", "what is needed is not available" },
  { BELFRY_EXIT_SOFTWARE, "EX_SOFTWARE", "an internal error, or ended at once by a second signal" },
  { BELFRY_EXIT_SYSTEM, "EX_OSERR", "the operating system refused something" },
  { BELFRY_EXIT_TRY_AGAIN, "EX_TEMPFAIL", "a deadline passed; trying again may help" },
  { BELFRY_EXIT_PROTOCOL, "EX_PROTOCOL", "the other side broke the protocol" },
  { BELFRY_EXIT_NO_PERMISSION, "EX_NOPERM", "not permitted" },
  { BELFRY_EXIT_CONFIG, "EX_CONFIG", "the configuration is wrong" },
};

const BelfryExitInfo *
belfry_exit_list (gsize *n)
{
  *n = G_N_ELEMENTS (exits);
  return exits;
}
