/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-echo"

#include "config.h"

#include "belfry-echo.h"

const BelfryEndpointHandler belfry_echo_handler = {
  .message = belfry_client_send,
};
