/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryd"

#include "config.h"

#include <libintl.h>
#include <locale.h>

#include "belfry-daemon.h"
#include "belfry-names.h"
#include "belfry-paths.h"

int
main (int argc, char *argv[])
{
  g_autofree char *locale_dir = belfry_paths_locale_dir ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname (BELFRY_DAEMON_NAME);

  return belfry_daemon_run ((const char *const *) argv);
}
