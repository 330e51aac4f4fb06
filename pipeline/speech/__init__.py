"""From speech regions to turns: recognition, speakers, roles."""
