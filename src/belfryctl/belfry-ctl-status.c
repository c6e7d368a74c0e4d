/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <glib/gi18n-lib.h>

#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"

/* status: how the service is, in a dozen lines. */

static const BelfryCtlColumn lines[] = {
  { "State", N_ ("State"), BELFRY_CTL_PLAIN },
  { "Version", N_ ("Version"), BELFRY_CTL_PLAIN },
  { "InstanceId", N_ ("Instance"), BELFRY_CTL_PLAIN },
  { "StartedAt", N_ ("Running for"), BELFRY_CTL_AGE },
  { "DrainLeft", N_ ("Clients left"), BELFRY_CTL_NONZERO },
  { "DrainTotal", N_ ("Of clients"), BELFRY_CTL_NONZERO },
  { "Broker", N_ ("Broker"), BELFRY_CTL_PLAIN },
  { "BrokerState", N_ ("Broker state"), BELFRY_CTL_PLAIN },
  { "BrokerReason", N_ ("Broker reason"), BELFRY_CTL_PLAIN },
  { "BrokerLatency", N_ ("Broker latency"), BELFRY_CTL_MICROSECONDS },
  { "Listeners", N_ ("Listening on"), BELFRY_CTL_PLAIN },
  { "Workers", N_ ("Workers"), BELFRY_CTL_PLAIN },
  { "Connections", N_ ("Connections"), BELFRY_CTL_PLAIN },
  { "Sessions", N_ ("Sessions"), BELFRY_CTL_PLAIN },
  { "Topics", N_ ("Topics"), BELFRY_CTL_PLAIN },
};

int
belfry_ctl_status (BelfryCtl *self, const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariantDict) properties = belfry_ctl_get_properties (self, &error);

  if (properties == NULL)
    return belfry_ctl_fail (self, error);
  g_autoptr (GVariant) dictionary = g_variant_ref_sink (g_variant_dict_end (properties));
  return belfry_ctl_print_pairs (self, dictionary, lines, G_N_ELEMENTS (lines));
}
