"""A listener of OpenStack's: prints what it hears on a topic, one line of JSON each, until its standard input ends.

    oslo_listener.py URL EXCHANGE TOPIC
"""
import json
import os
import sys
import threading

from oslo_config import cfg
import oslo_messaging

URL, EXCHANGE, TOPIC = sys.argv[1:4]


class Endpoint:
    def hear(self, priority, context, publisher_id, event_type, payload, metadata):
        heard = dict(priority=priority, context=context, publisher_id=publisher_id, event_type=event_type,
                     payload=payload, metadata=metadata)
        print(json.dumps(heard), flush=True)
        return oslo_messaging.NotificationResult.HANDLED

    def info(self, *args):
        return self.hear('info', *args)

    def error(self, *args):
        return self.hear('error', *args)


transport = oslo_messaging.get_notification_transport(cfg.CONF, url=URL)
target = oslo_messaging.Target(exchange=EXCHANGE, topic=TOPIC)
listener = oslo_messaging.get_notification_listener(transport, [target], [Endpoint()], executor='threading')
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
# One thread, so that what comes in order is printed in order.
listener.start(override_pool_size=1)
print(json.dumps('listening'), flush=True)
listener.wait()
