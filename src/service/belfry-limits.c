/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-limits"

#include "config.h"

#include "belfry-limits.h"

#include <errno.h>
#include <sys/resource.h>

#include "belfry-error.h"
#include "belfry-log.h"

struct _BelfryLimits
{
  GObject parent_instance;

  guint64 descriptors;
};

/* What the service itself needs besides one descriptor a connection: listeners, loops, broker, bus,
 * log, files. */
#define OWN_DESCRIPTORS 128

static void belfry_limits_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryLimits,
                               belfry_limits,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_limits_iface_init))

static void
warn_if_short (BelfryLimits *self, BelfryConfig *config)
{
  gint64 wanted = belfry_config_get_number (config, BELFRY_CONFIG_SERVER_MAX_CONNECTIONS);

  if ((guint64) wanted + OWN_DESCRIPTORS <= self->descriptors)
    return;
  belfry_log_event (BELFRY_LOG_WARNING,
                    &((BelfryLogContext){ .message_id = BELFRY_MESSAGE_DESCRIPTORS_SHORT }),
                    "max-connections=%" G_GINT64_FORMAT " needs %" G_GINT64_FORMAT
                    " descriptors, but the limit is %" G_GUINT64_FORMAT
                    ": raise LimitNOFILE= or ulimit -n",
                    wanted, wanted + OWN_DESCRIPTORS, self->descriptors);
}

static const char *
belfry_limits_get_name (BelfryPart *part)
{
  return "limits";
}

static gboolean
belfry_limits_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfryLimits *self = BELFRY_LIMITS (part);
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    {
      belfry_error_set_errno (error, errno, "reading the limit of descriptors");
      return FALSE;
    }
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  /* A sandbox may forbid the call: it is not made for nothing. */
  if (before < limit.rlim_max && setrlimit (RLIMIT_NOFILE, &limit) < 0)
    {
      belfry_log_warning ("raising the limit of descriptors: %s", g_strerror (errno));
      limit.rlim_cur = before;
    }
  self->descriptors = limit.rlim_cur;
  belfry_log_info ("up to %" G_GUINT64_FORMAT " descriptors (raised from %" G_GUINT64_FORMAT ")",
                   self->descriptors, (guint64) before);
  warn_if_short (self, config);
  return TRUE;
}

static void
belfry_limits_apply (BelfryPart *part, BelfryConfig *next)
{
  warn_if_short (BELFRY_LIMITS (part), next);
}

static void
belfry_limits_describe (BelfryPart *part, GString *status)
{
  g_string_append_printf (status, ", up to %" G_GUINT64_FORMAT " descriptors",
                          BELFRY_LIMITS (part)->descriptors);
}

static void
belfry_limits_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_limits_get_name;
  iface->start = belfry_limits_start;
  iface->apply = belfry_limits_apply;
  iface->describe = belfry_limits_describe;
}

static void
belfry_limits_class_init (BelfryLimitsClass *klass)
{
}

static void
belfry_limits_init (BelfryLimits *self)
{
}

BelfryPart *
belfry_limits_new (void)
{
  return g_object_new (BELFRY_TYPE_LIMITS, NULL);
}

guint64
belfry_limits_get_descriptors (BelfryLimits *self)
{
  return self->descriptors;
}
