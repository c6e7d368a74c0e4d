/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-sockets"

#include "config.h"

#include "belfry-sockets.h"

#include "belfry-activation.h"
#include "belfry-error.h"
#include "belfry-log.h"

/* What one takes at the least when it is written down. */
#define SOCKET_SIZE 8

struct _BelfrySockets
{
  GObject parent_instance;

  GPtrArray *activated; /* (element-type BelfryActivationSocket) (owned) */
};

static void belfry_sockets_iface_init (BelfryPartInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfrySockets,
                               belfry_sockets,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BELFRY_TYPE_PART, belfry_sockets_iface_init))

/* `systemd` means all of them, `systemd:NAME` those of that name. */
static gboolean
is_meant (const BelfryConfigListen *listen, const BelfryActivationSocket *activated)
{
  return listen->kind == BELFRY_CONFIG_LISTEN_SYSTEMD &&
         (listen->name == NULL || g_str_equal (listen->name, activated->name));
}

static gboolean
is_served (BelfrySockets *self, const BelfryConfigListen *listen)
{
  for (guint i = 0; i < self->activated->len; i++)
    {
      if (is_meant (listen, g_ptr_array_index (self->activated, i)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_configured (const GPtrArray *listens, const BelfryActivationSocket *activated)
{
  for (guint i = 0; i < listens->len; i++)
    {
      if (is_meant (g_ptr_array_index (listens, i), activated))
        return TRUE;
    }
  return FALSE;
}

static void
warn_of_unused (BelfrySockets *self, const GPtrArray *listens)
{
  for (guint i = 0; i < self->activated->len; i++)
    {
      const BelfryActivationSocket *activated = g_ptr_array_index (self->activated, i);

      if (!is_configured (listens, activated))
        belfry_log_warning ("the service manager passed a socket named “%s” that is not used: "
                            "listen= names neither systemd nor systemd:%s",
                            activated->name, activated->name);
    }
}

static const char *
belfry_sockets_get_name (BelfryPart *part)
{
  return "sockets";
}

static gboolean
belfry_sockets_check (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfrySockets *self = BELFRY_SOCKETS (part);
  const GPtrArray *listens = belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN);

  for (guint i = 0; i < listens->len; i++)
    {
      const BelfryConfigListen *listen = g_ptr_array_index (listens, i);

      if (listen->kind != BELFRY_CONFIG_LISTEN_SYSTEMD || is_served (self, listen))
        continue;
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG,
                   "listen= names systemd%s%s, but the service manager passed no such socket: "
                   "enable the socket unit, or name an address",
                   listen->name != NULL ? ":" : "", listen->name != NULL ? listen->name : "");
      return FALSE;
    }
  return TRUE;
}

static gboolean
belfry_sockets_start (BelfryPart *part, BelfryConfig *config, GError **error)
{
  BelfrySockets *self = BELFRY_SOCKETS (part);

  if (!belfry_sockets_check (part, config, error))
    return FALSE;
  warn_of_unused (self, belfry_config_get_listen (config, BELFRY_CONFIG_SERVER_LISTEN));
  return TRUE;
}

static void
belfry_sockets_describe (BelfryPart *part, GString *status)
{
  guint n = BELFRY_SOCKETS (part)->activated->len;

  if (n > 0)
    g_string_append_printf (status, ", sockets from the service manager: %u", n);
}

static void
belfry_sockets_finalize (GObject *object)
{
  g_ptr_array_unref (BELFRY_SOCKETS (object)->activated);
  G_OBJECT_CLASS (belfry_sockets_parent_class)->finalize (object);
}

static void
belfry_sockets_iface_init (BelfryPartInterface *iface)
{
  iface->get_name = belfry_sockets_get_name;
  iface->start = belfry_sockets_start;
  iface->check = belfry_sockets_check;
  iface->describe = belfry_sockets_describe;
}

static void
belfry_sockets_class_init (BelfrySocketsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_sockets_finalize;
}

static void
belfry_sockets_init (BelfrySockets *self)
{
}

BelfryPart *
belfry_sockets_new (GPtrArray *activated)
{
  BelfrySockets *self = g_object_new (BELFRY_TYPE_SOCKETS, NULL);

  self->activated = activated;
  return BELFRY_PART (self);
}

GPtrArray *
belfry_sockets_get (BelfrySockets *self)
{
  return self->activated;
}

void
belfry_sockets_save (BelfrySockets *self, BelfryHandover *handover)
{
  BelfryStateWriter *writer = belfry_handover_get_writer (handover, BELFRY_HANDOVER_SOCKETS);

  belfry_state_put_u32 (writer, self->activated->len);
  for (guint i = 0; i < self->activated->len; i++)
    {
      const BelfryActivationSocket *activated = g_ptr_array_index (self->activated, i);

      belfry_state_put_u32 (writer, (guint32) activated->fd);
      belfry_state_put_text (writer, activated->name);
      belfry_handover_add_fd (handover, activated->fd, BELFRY_HANDOVER_LISTENS);
    }
}

GPtrArray *
belfry_sockets_restore (BelfryHandover *handover)
{
  GPtrArray *sockets =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_activation_socket_free);
  BelfryStateReader reader;

  belfry_handover_read (handover, BELFRY_HANDOVER_SOCKETS, &reader);
  guint32 n = belfry_state_get_count (&reader, SOCKET_SIZE);
  for (guint32 i = 0; i < n && belfry_state_reader_is_good (&reader); i++)
    {
      guint32 number = belfry_state_get_u32 (&reader);
      const char *name = belfry_state_get_name (&reader);
      int fd = number <= G_MAXINT ? belfry_handover_take_fd (handover, (int) number, TRUE) : -1;

      if (fd < 0)
        continue;

      BelfryActivationSocket *socket = g_new (BelfryActivationSocket, 1);

      *socket = (BelfryActivationSocket){ fd, g_strdup (name) };
      g_ptr_array_add (sockets, socket);
    }
  return sockets;
}
