/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-http-stream"

#include "config.h"

#include "belfry-http-stream.h"

#include <string.h>

#include "belfry-refusal.h"
#include "belfry-request-head.h"

/* A pair of streams around those of a connection. The output passes everything; the input has a
 * gate: it collects a head, passes it once it is judged, passes the body, and collects again. What
 * it reads itself is never more than a head may be long. */

typedef enum
{
  COLLECT, /* a head */
  PASS,    /* a number of bytes: head, or head and body */
  END,     /* nothing more */
  OPEN,    /* everything */
} Gate;

#define MAX_UNREAD_READS 4

#define BELFRY_TYPE_HTTP_INPUT (belfry_http_input_get_type ())
G_DECLARE_FINAL_TYPE (BelfryHttpInput, belfry_http_input, BELFRY, HTTP_INPUT, GInputStream)
#define BELFRY_TYPE_HTTP_OUTPUT (belfry_http_output_get_type ())
G_DECLARE_FINAL_TYPE (BelfryHttpOutput, belfry_http_output, BELFRY, HTTP_OUTPUT, GOutputStream)

struct _BelfryHttpInput
{
  GInputStream parent_instance;

  GPollableInputStream *base;           /* (owned) */
  GPollableOutputStream *base_output;   /* (owned): for refusals */
  const BelfryHttpStreamEvents *events; /* (unowned) (nullable): until it is detached */
  gpointer user_data;                   /* (unowned) */
  GByteArray *unread;                   /* (owned) (nullable) */
  BelfryRequestHead head;
  Gate gate;
  gsize passed; /* bytes of @unread that are passed already */
  guint64 left; /* bytes to pass */
  BelfryBodyRule rule;
  gboolean begun;
};

struct _BelfryHttpOutput
{
  GOutputStream parent_instance;

  GPollableOutputStream *base; /* (owned) */
};

struct _BelfryHttpStream
{
  GIOStream parent_instance;

  GIOStream *base;          /* (owned) */
  BelfryHttpInput *input;   /* (owned) */
  BelfryHttpOutput *output; /* (owned) */
};

enum
{
  PROP_BASE_IOSTREAM = 1,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

static void belfry_http_input_iface_init (GPollableInputStreamInterface *iface);
static void belfry_http_output_iface_init (GPollableOutputStreamInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryHttpInput,
                               belfry_http_input,
                               G_TYPE_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                      belfry_http_input_iface_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (BelfryHttpOutput,
                               belfry_http_output,
                               G_TYPE_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM,
                                                      belfry_http_output_iface_init))
G_DEFINE_FINAL_TYPE (BelfryHttpStream, belfry_http_stream, G_TYPE_IO_STREAM)

static gssize
read_base (BelfryHttpInput *self, void *buffer, gsize count, GError **error)
{
  return g_pollable_input_stream_read_nonblocking (self->base, buffer, count, NULL, error);
}

/* What is unread when a connection is closed destroys the answer on its way. */
static void
refuse (BelfryHttpInput *self, guint status)
{
  char buffer[BELFRY_REQUEST_HEAD_MAX];
  const char *answer = belfry_refusal_get (status);

  if (self->gate == END)
    return;
  self->gate = END;
  g_pollable_output_stream_write_nonblocking (self->base_output, answer, strlen (answer), NULL,
                                              NULL);
  for (guint i = 0; i < MAX_UNREAD_READS; i++)
    {
      if (read_base (self, buffer, sizeof buffer, NULL) <= 0)
        break;
    }
}

static void
open_gate (BelfryHttpInput *self)
{
  self->gate = PASS;
  self->left = self->head.length + self->head.content_length;
}

static void
judge (BelfryHttpInput *self)
{
  guint status;

  if (!self->begun)
    {
      self->begun = TRUE;
      if (self->events != NULL)
        self->events->begun (self->user_data);
    }
  status = belfry_request_head_feed (&self->head, (const char *) self->unread->data,
                                     self->unread->len, &self->rule);
  if (status == BELFRY_REQUEST_HEAD_COMPLETE)
    open_gate (self);
  else if (status != BELFRY_REQUEST_HEAD_MORE)
    refuse (self, status);
}

/* Returns: FALSE with an error if the head is not complete and nothing is there to be read */
static gboolean
collect (BelfryHttpInput *self, GError **error)
{
  guint8 buffer[4096];

  if (self->unread == NULL)
    self->unread = g_byte_array_new ();
  if (self->unread->len > 0)
    judge (self);
  while (self->gate == COLLECT)
    {
      gsize room = BELFRY_REQUEST_HEAD_MAX - self->unread->len;
      gssize n = read_base (self, buffer, MIN (room, sizeof buffer), error);

      if (n < 0)
        return FALSE;
      if (n == 0)
        {
          self->gate = END;
          break;
        }
      g_byte_array_append (self->unread, buffer, (guint) n);
      judge (self);
    }
  return TRUE;
}

static gssize
take_unread (BelfryHttpInput *self, void *buffer, gsize count)
{
  gsize n = MIN (count, self->unread->len - self->passed);

  memcpy (buffer, self->unread->data + self->passed, n);
  self->passed += n;
  if (self->passed == self->unread->len)
    {
      g_clear_pointer (&self->unread, g_byte_array_unref);
      self->passed = 0;
    }
  return (gssize) n;
}

static gssize
take (BelfryHttpInput *self, void *buffer, gsize count, GError **error)
{
  if (self->unread != NULL && self->unread->len > self->passed)
    return take_unread (self, buffer, count);
  return read_base (self, buffer, count, error);
}

static void
finish_request (BelfryHttpInput *self)
{
  if (self->passed > 0)
    g_byte_array_remove_range (self->unread, 0, (guint) self->passed);
  self->passed = 0;
  self->gate = COLLECT;
  self->head = (BelfryRequestHead){ 0 };
  self->begun = FALSE;
}

static gssize
pass (BelfryHttpInput *self, void *buffer, gsize count, GError **error)
{
  gssize n = take (self, buffer, (gsize) MIN (count, self->left), error);

  if (n < 0)
    return n;
  self->left -= (guint64) n;
  if (self->left == 0)
    finish_request (self);
  return n;
}

static gssize
read_gate (BelfryHttpInput *self, void *buffer, gsize count, GError **error)
{
  if (count == 0)
    return 0;
  if (self->gate == COLLECT && !collect (self, error))
    return -1;
  switch (self->gate)
    {
    case PASS:
      return pass (self, buffer, count, error);
    case OPEN:
      return take (self, buffer, count, error);
    case COLLECT:
    case END:
    default:
      return 0;
    }
}

static gssize
belfry_http_input_read (GInputStream *stream,
                        void *buffer,
                        gsize count,
                        GCancellable *cancellable,
                        GError **error)
{
  return read_gate (BELFRY_HTTP_INPUT (stream), buffer, count, error);
}

static gssize
belfry_http_input_read_nonblocking (GPollableInputStream *stream,
                                    void *buffer,
                                    gsize count,
                                    GError **error)
{
  return read_gate (BELFRY_HTTP_INPUT (stream), buffer, count, error);
}

/* While a head is collected, what has been looked at is not enough: the rest must come first. */
static gboolean
is_ready (const BelfryHttpInput *self)
{
  gsize n = self->unread != NULL ? self->unread->len - self->passed : 0;

  return self->gate == END || n > (self->gate == COLLECT ? self->head.seen : 0);
}

static gboolean
belfry_http_input_is_readable (GPollableInputStream *stream)
{
  BelfryHttpInput *self = BELFRY_HTTP_INPUT (stream);

  return is_ready (self) || g_pollable_input_stream_is_readable (self->base);
}

static GSource *
belfry_http_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  BelfryHttpInput *self = BELFRY_HTTP_INPUT (stream);
  g_autoptr (GSource) child = NULL;

  if (is_ready (self))
    {
      child = g_timeout_source_new (0);
      g_source_set_static_name (child, "belfry-http-stream-ready");
    }
  else
    {
      child = g_pollable_input_stream_create_source (self->base, NULL);
      g_source_set_static_name (child, "belfry-http-stream-base");
    }
  GSource *source = g_pollable_source_new_full (stream, child, cancellable);
  g_source_set_static_name (source, "belfry-http-stream");
  return source;
}

static void
belfry_http_input_iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = belfry_http_input_is_readable;
  iface->create_source = belfry_http_input_create_source;
  iface->read_nonblocking = belfry_http_input_read_nonblocking;
}

static void
belfry_http_input_finalize (GObject *object)
{
  BelfryHttpInput *self = BELFRY_HTTP_INPUT (object);

  g_clear_pointer (&self->unread, g_byte_array_unref);
  g_object_unref (self->base);
  g_object_unref (self->base_output);
  G_OBJECT_CLASS (belfry_http_input_parent_class)->finalize (object);
}

static void
belfry_http_input_class_init (BelfryHttpInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_http_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = belfry_http_input_read;
}

static void
belfry_http_input_init (BelfryHttpInput *self)
{
}

static gssize
belfry_http_output_write (GOutputStream *stream,
                          const void *buffer,
                          gsize count,
                          GCancellable *cancellable,
                          GError **error)
{
  return g_pollable_output_stream_write_nonblocking (BELFRY_HTTP_OUTPUT (stream)->base, buffer,
                                                     count, cancellable, error);
}

static gssize
belfry_http_output_write_nonblocking (GPollableOutputStream *stream,
                                      const void *buffer,
                                      gsize count,
                                      GError **error)
{
  return g_pollable_output_stream_write_nonblocking (BELFRY_HTTP_OUTPUT (stream)->base, buffer,
                                                     count, NULL, error);
}

static gboolean
belfry_http_output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (BELFRY_HTTP_OUTPUT (stream)->base);
}

static GSource *
belfry_http_output_create_source (GPollableOutputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) child =
      g_pollable_output_stream_create_source (BELFRY_HTTP_OUTPUT (stream)->base, NULL);
  g_source_set_static_name (child, "belfry-http-stream-base");
  GSource *source = g_pollable_source_new_full (stream, child, cancellable);

  g_source_set_static_name (source, "belfry-http-stream");
  return source;
}

static void
belfry_http_output_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = belfry_http_output_is_writable;
  iface->create_source = belfry_http_output_create_source;
  iface->write_nonblocking = belfry_http_output_write_nonblocking;
}

static void
belfry_http_output_finalize (GObject *object)
{
  g_object_unref (BELFRY_HTTP_OUTPUT (object)->base);
  G_OBJECT_CLASS (belfry_http_output_parent_class)->finalize (object);
}

static void
belfry_http_output_class_init (BelfryHttpOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = belfry_http_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = belfry_http_output_write;
}

static void
belfry_http_output_init (BelfryHttpOutput *self)
{
}

static GInputStream *
belfry_http_stream_get_input_stream (GIOStream *stream)
{
  return G_INPUT_STREAM (BELFRY_HTTP_STREAM (stream)->input);
}

static GOutputStream *
belfry_http_stream_get_output_stream (GIOStream *stream)
{
  return G_OUTPUT_STREAM (BELFRY_HTTP_STREAM (stream)->output);
}

static void
tell_closed (BelfryHttpStream *self)
{
  const BelfryHttpStreamEvents *events = g_steal_pointer (&self->input->events);

  if (events != NULL)
    events->closed (self->input->user_data);
}

/* The base's own close would wait for the TLS peer's farewell, so its socket is closed below it
 * when the last reference goes. */
static gboolean
belfry_http_stream_close (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  BelfryHttpStream *self = BELFRY_HTTP_STREAM (stream);
  tell_closed (self);
  self->input->gate = END;
  return G_IS_TLS_CONNECTION (self->base) || g_io_stream_close (self->base, cancellable, error);
}

/* GIO's own would close in another thread. */
static void
belfry_http_stream_close_async (GIOStream *stream,
                                int io_priority,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, belfry_http_stream_close_async);
  if (belfry_http_stream_close (stream, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
belfry_http_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, stream), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_http_stream_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
belfry_http_stream_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_BASE_IOSTREAM)
    g_value_set_object (value, BELFRY_HTTP_STREAM (object)->base);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
belfry_http_stream_finalize (GObject *object)
{
  BelfryHttpStream *self = BELFRY_HTTP_STREAM (object);

  tell_closed (self);
  g_object_unref (self->input);
  g_object_unref (self->output);
  g_object_unref (self->base);
  G_OBJECT_CLASS (belfry_http_stream_parent_class)->finalize (object);
}

static void
belfry_http_stream_class_init (BelfryHttpStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = belfry_http_stream_get_property;
  object_class->finalize = belfry_http_stream_finalize;
  stream_class->get_input_stream = belfry_http_stream_get_input_stream;
  stream_class->get_output_stream = belfry_http_stream_get_output_stream;
  stream_class->close_fn = belfry_http_stream_close;
  stream_class->close_async = belfry_http_stream_close_async;
  stream_class->close_finish = belfry_http_stream_close_finish;
  properties[PROP_BASE_IOSTREAM] =
      g_param_spec_object ("base-iostream", NULL, NULL, G_TYPE_IO_STREAM,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
belfry_http_stream_init (BelfryHttpStream *self)
{
  self->input = g_object_new (BELFRY_TYPE_HTTP_INPUT, NULL);
  self->output = g_object_new (BELFRY_TYPE_HTTP_OUTPUT, NULL);
}

BelfryHttpStream *
belfry_http_stream_new (GIOStream *base,
                        GByteArray *unread,
                        const BelfryBodyRule *rule,
                        const BelfryHttpStreamEvents *events,
                        gpointer user_data)
{
  BelfryHttpStream *self = g_object_new (BELFRY_TYPE_HTTP_STREAM, NULL);
  BelfryHttpInput *input = self->input;
  GPollableOutputStream *output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (base));

  self->base = g_object_ref (base);
  self->output->base = g_object_ref (output);
  input->base = g_object_ref (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (base)));
  input->base_output = g_object_ref (output);
  input->unread = unread;
  input->begun = unread != NULL;
  input->rule = *rule;
  input->events = events;
  input->user_data = user_data;
  return self;
}

gboolean
belfry_http_stream_is_partial (const BelfryHttpStream *self)
{
  const BelfryHttpInput *input = self->input;

  return (input->gate == COLLECT && input->begun) || (input->gate == PASS && input->left > 0);
}

gboolean
belfry_http_stream_is_over (const BelfryHttpStream *self)
{
  return self->input->gate == END;
}

guint64
belfry_http_stream_get_body_length (const BelfryHttpStream *self)
{
  return self->input->head.content_length;
}

gboolean
belfry_http_stream_is_between (const BelfryHttpStream *self)
{
  return self->input->gate == COLLECT && self->input->head.seen == 0;
}

GByteArray *
belfry_http_stream_take_unread (BelfryHttpStream *self)
{
  return g_steal_pointer (&self->input->unread);
}

gboolean
belfry_http_stream_prepare (BelfryHttpStream *self)
{
  g_autoptr (GError) error = NULL;

  if (self->input->gate != COLLECT || collect (self->input, &error))
    return TRUE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return FALSE;
  self->input->gate = END;
  return TRUE;
}

void
belfry_http_stream_refuse (BelfryHttpStream *self, guint status)
{
  refuse (self->input, status);
}

void
belfry_http_stream_detach (BelfryHttpStream *self)
{
  self->input->events = NULL;
  self->input->gate = OPEN;
}
