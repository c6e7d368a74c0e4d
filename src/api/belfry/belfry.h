/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

/* What plugins of the Belfry service are written against. */

#define BELFRY_INSIDE
#include <belfry/belfry-authorizer.h>
#include <belfry/belfry-credentials.h>
#include <belfry/belfry-enum-types.h>
#include <belfry/belfry-enums.h>
#include <belfry/belfry-http-routes.h>
#include <belfry/belfry-identity.h>
#include <belfry/belfry-membership.h>
#include <belfry/belfry-message-filter.h>
#include <belfry/belfry-plugin-descriptor.h>
#include <belfry/belfry-plugin-error.h>
#include <belfry/belfry-plugin-host.h>
#include <belfry/belfry-plugin-settings.h>
#include <belfry/belfry-plugin.h>
#include <belfry/belfry-topic-policy.h>
#include <belfry/belfry-topic-settings.h>
#undef BELFRY_INSIDE
