/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

/* Every name that the world outside knows us by, once. */

#define BELFRY_NAME "belfry"
#define BELFRY_DAEMON_NAME "belfryd"
#define BELFRY_BUS_NAME "org.belfry.Belfry1"

#define BELFRY_CONFIG_FILE "belfry.conf"
#define BELFRY_ENV_PREFIX "BELFRY_"

/* Twelve-factor names that mean one of our settings. */
#define BELFRY_ENV_PORT "PORT"
#define BELFRY_ENV_REDIS_URL "REDIS_URL"
#define BELFRY_ENV_JWT_SECRET "JWT_SECRET"

/* What the service manager tells us. */
#define BELFRY_ENV_NOTIFY_SOCKET "NOTIFY_SOCKET"
#define BELFRY_ENV_WATCHDOG_USEC "WATCHDOG_USEC"
#define BELFRY_ENV_WATCHDOG_PID "WATCHDOG_PID"
#define BELFRY_ENV_LISTEN_FDS "LISTEN_FDS"
#define BELFRY_ENV_LISTEN_PID "LISTEN_PID"
#define BELFRY_ENV_LISTEN_FDNAMES "LISTEN_FDNAMES"
#define BELFRY_ENV_CREDENTIALS "CREDENTIALS_DIRECTORY"

/* What one image of the daemon tells the next: where its state is. */
#define BELFRY_ENV_HANDOVER_FD "BELFRY_HANDOVER_FD"

/* Where programs that run from a build tree look for plugins; installed ones do not listen. */
#define BELFRY_ENV_PLUGIN_DIR "BELFRY_PLUGIN_DIR"
